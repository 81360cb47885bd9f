"""Questions on a terminal: for yes or no, for one of several, for a text, and for a secret, which is not shown."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator, Mapping

from openpower.cli.output import busy, console, print_error, print_lines
from openpower_core._error import nearest
from openpower_core.text import clean


def pick(title: str, offered: Mapping[str, str], question: str) -> str | None:
    """Show what there is by number, and ask for one, by its number or as it is called; None for none."""
    print_lines([title, *_numbered(offered)])
    numbers = {str(number): value for number, value in enumerate(offered, 1)}
    known = numbers | {value.lower(): value for value in offered}
    while typed := answer(f"{question}: "):
        if typed.lower() in known:
            return known[typed.lower()]
        near = nearest(typed, offered) or f"Type a number from 1 to {len(offered)}."
        print_error(f"{typed!r} is none of them. {near}")
    return None


def _numbered(offered: Mapping[str, str]) -> Iterator[str]:
    """One line each; values that need no more words share lines."""
    size = max(map(len, offered))
    entries = [f"{number:>3}  {value:<{size}}  {words}" for number, (value, words) in enumerate(offered.items(), 1)]
    many = 1 if any(offered.values()) else max(1, console().width // (size + 7))
    for first in range(0, len(entries), many):
        yield "  ".join(entry.rstrip().ljust(size + 5) for entry in entries[first : first + many])


def says_yes(question: str) -> bool:
    """Whether a question was answered with yes."""
    try:
        return answer(f"{question} [y/N] ").lower() in {"y", "yes"}
    except EOFError:
        return False


def answer(prompt: str, *, secret: bool = False) -> str:
    """What was typed; a secret is not shown meanwhile."""
    busy.end()
    ask: Callable[[str], str] = getpass.getpass if secret else input
    try:
        return ask(clean(prompt)).strip()
    except EOFError:  # the cursor is still behind the question
        print_lines([""])
        raise
