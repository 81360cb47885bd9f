"""What commands print: figures, lines, tables and charts for people, JSON for programs, on streams that never break.

Everything that is printed passes here, and here loses what vendors' names and messages may hold against a terminal or a
spreadsheet: control characters, line ends, formulas. Plain text in a pipe, wrapped and coloured on a terminal. rich is imported where it draws, since the menu needs none of it.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from openpower_core.text import cell, clean, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
    from decimal import Decimal
    from threading import Event

    from rich.console import Console, ConsoleOptions, RenderableType

SCHEMA: Final = 1
"""The version of the JSON that commands print; it changes when a field's meaning does."""

WIDE: Final = 64
"""From this many columns on there is room for bars."""
_COMMAND: Final = re.compile(r"(?:(?<=: )|(?<=')|(?<=\b(?:call|keep|type) ))openpower(?=$| [a-z-])")
"""A command within a message; in prose the name of the product stands alone."""
_GAP: Final = 2
_LEAST: Final = 16
"""The last column of a table may be wrapped, but not below this width."""

_ASCII: Final = str.maketrans(
    {
        **dict.fromkeys("█▇▆", "#"),
        **dict.fromkeys("▅▄", "+"),
        **dict.fromkeys("▃▂▁░", "."),
        **dict.fromkeys("┤┼┴", "+"),
        "▀": "#",
        "▔": "'",
        "▒": ":",
        "▲": "^",
        "▼": "v",
        "│": "|",
        "─": "-",
        "━": "=",
        "–": "-",
        "…": "...",
        "°": " ",
    }
)


def is_terminal() -> bool:
    """Whether a person looks at standard output."""
    return sys.stdout.isatty()


def can_ask() -> bool:
    """Whether a person can answer a question."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


class _Busy:
    """A line on a terminal's standard error that says what is under way; the first thing that is printed replaces it."""

    def __init__(self) -> None:
        self._text: str | None = None
        self._drawn = 0

    def begin(self, text: str = "starting") -> None:
        """Show it from now on, unless nobody looks, or the terminal cannot erase."""
        if self._text is not None or not _can_redraw():
            return
        from threading import Event, RLock, Thread  # the menu needs none of it

        self._lock, self._ended, self._began = RLock(), Event(), time.monotonic()
        self._text = text
        self._draw()
        Thread(target=self._keep, args=(self._ended,), daemon=True).start()

    def say(self, text: str) -> None:
        """Show another text, if it is still shown."""
        if self._text is not None:
            with self._lock:
                self._text = text
                self._draw()

    def end(self) -> bool:
        """Erase it for good; gives whether it was there."""
        if self._text is None:
            return False
        with self._lock:
            self._text = None
            self._erase()
        self._ended.set()
        return True

    @contextmanager
    def aside(self) -> Generator[None]:
        """Make room for something on standard error, and come back below it."""
        if self._text is None:
            yield
            return
        with self._lock:
            self._erase()
            yield
            self._draw()

    def _keep(self, ended: Event) -> None:
        while not ended.wait(1.0):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        if self._text is None:
            return
        seconds = int(time.monotonic() - self._began)
        text = f"openpower: {self._text} …" + (f" {seconds} s" if seconds > 1 else "")
        # A line that is wrapped could not be erased; and it is one character wider where "…" becomes three dots.
        text = text[: columns(sys.stderr) - 4]
        self._erase()
        sys.stderr.write(text)
        sys.stderr.flush()
        self._drawn = len(text) + 3

    def _erase(self) -> None:
        # With blanks, which every terminal understands; they cover the ^C of whoever interrupts, too.
        if self._drawn:
            sys.stderr.write(f"\r{'':{self._drawn}}\r")
            sys.stderr.flush()
        self._drawn = 0


busy: Final = _Busy()


def _can_redraw() -> bool:
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def columns(stream: Any) -> int:
    """The width of a terminal; COLUMNS takes precedence."""
    given = os.environ.get("COLUMNS", "")
    try:
        return int(given) if given.isdigit() and int(given) else os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def program() -> str:
    """What to type for this command: ``uv run openpower`` where ``uv run`` started it in a project of its own."""
    # uvx and "uv run --no-project" also set the variable, but not in the .venv of a folder with a pyproject.toml.
    project = os.path.dirname(sys.prefix)  # noqa: PTH120 - pathlib takes longer to load than the menu takes to print
    by_uv = "UV_RUN_RECURSION_DEPTH" in os.environ and os.path.exists(f"{project}/pyproject.toml")  # noqa: PTH110
    return "uv run openpower" if by_uv else "openpower"


def as_started(text: str) -> str:
    """The text, whose commands are typed as this one was: after a colon, a quotation mark or one of a few words."""
    return _COMMAND.sub(program(), text)


def with_extra(extra: str) -> str:
    """What to type to have an extra: for the next command from a checkout, or for good."""
    return (
        f"uv run --extra {extra} openpower …" if program() != "openpower" else f'pip install "openpower[{extra}]>=0.2"'
    )


def print_lines(lines: Iterable[str]) -> None:
    """Print plain lines."""
    for line in lines:  # which may be computed only now
        busy.end()
        sys.stdout.write(f"{clean(line).rstrip()}\n")


def print_text(lines: Iterable[str]) -> None:
    """Print sentences: on a terminal wrapped between words, unlike :func:`print_lines`, whose lines may be meant to be copied."""
    width = columns(sys.stdout) if is_terminal() else 0
    print_lines(part for line in lines for part in (_sentence(line, width).split("\n") if width else [line]))


def _sentence(line: str, width: int) -> str:
    """A line, wrapped below its own beginning."""
    words = clean(line)
    start = words[: len(words) - len(words.lstrip())]
    return _filled(words.lstrip(), width, first=start, rest=f"{start}  ")


def print_error(text: str, *, hint: str = "") -> None:
    """Print one line to standard error; on a terminal it is wrapped between words, with the hint below it if there is no room."""
    line, hint = f"openpower: {as_started(clean(text))}", as_started(clean(hint))
    whole, width = f"{line} {hint}".rstrip(), columns(sys.stderr)
    if sys.stderr.isatty() and len(whole) > width:
        whole = "\n".join([_filled(line, width), *([_filled(hint, width, first="  ")] if hint else [])])
    with busy.aside():
        sys.stderr.write(f"{whole}\n")


def _filled(words: str, width: int, *, first: str = "", rest: str = "  ") -> str:
    import textwrap

    # Commands, addresses and names can be copied only if they are whole.
    filler = textwrap.TextWrapper(width, first, rest, break_long_words=False, break_on_hyphens=False)
    return filler.fill(words)


def print_json(data: dict[str, Any], *, indent: int | None = 2) -> None:
    """Print one object with its schema version."""
    busy.end()
    sys.stdout.write(to_json({"schema": SCHEMA, **data}, indent=indent) + "\n")


def fix_streams() -> None:
    """Replace closed streams with the null device, and characters that the terminal's encoding lacks with ASCII."""
    codecs.register_error("openpower-ascii", _to_ascii)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="openpower-ascii")


def _to_ascii(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)  # noqa: S101 - only writing can get here
    text = error.object[error.start : error.end].translate(_ASCII)
    return text.encode(error.encoding, "replace").decode(error.encoding), error.end


def printing(work: Callable[[], int]) -> int:
    """Run what prints, make sure that all of it is written, and return the exit code."""
    fix_streams()
    try:
        code = work()
        busy.end()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has gone (``openpower … | head``): leave quietly
        _discard_output()
        return 0
    except OSError as error:  # a full disk, for example
        _discard_output()
        print_error(f"the output cannot be written: {os_error_text(error)}")
        return 1
    return code


def _discard_output() -> None:
    """Keep what is still buffered from failing again when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def os_error_text(error: OSError) -> str:
    """The operating system's message, with the file that it is about."""
    text = error.strerror or str(error)
    return f"{error.filename}: {text}." if error.filename else f"{text}."


def power(watts: float | None) -> str:
    """``3.42 kW``; small figures in watts; an unknown one as a dash."""
    if watts is None:
        return "–"
    if abs(watts) < 1000:
        return f"{watts:.0f} W"
    return f"{watts / 1000:.2f} kW"


def energy(kwh: float | None) -> str:
    """``6.4 kWh``."""
    return "–" if kwh is None else f"{kwh:.1f} kWh"


def percent(share: float | None) -> str:
    """``64 %``."""
    return "–" if share is None else f"{share:.0f} %"


def money(amount: Decimal | None, currency: str) -> str:
    """``0.3104 AUD``: for the screen only, so rounded to a hundredth of a cent."""
    return "–" if amount is None else f"{amount:.4f} {currency}"


def console() -> Console:
    """The terminal, for what is printed now; rich itself respects NO_COLOR, TERM and the width."""
    busy.end()
    from rich.console import Console
    from rich.segment import Segment

    class Quiet(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would exit with 1; see printing()

        def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
            # rich's own colours and cursors are no text yet; line ends are, since it has laid out the lines already.
            for text, style, control in super().render(renderable, options):
                yield Segment(text if control else "\n".join(map(clean, text.split("\n"))), style, control)

    return Quiet(highlight=False, markup=False)


def wrapped(text: str, width: int, *, first: str = "", rest: str = "") -> str:
    """Wrap a text to the width; a word that is longer than a line is broken, unless it is an address to be copied."""
    import textwrap

    room = max(width, len(rest) + 8)
    whole = "://" in text
    lines = textwrap.wrap(
        text, room, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False, break_long_words=not whole
    )
    return "\n".join(lines or [first])


def print_labelled(lines: Iterable[tuple[str, str]], *, styles: Mapping[str, str] | None = None) -> None:
    """Print ``label  text`` lines, wrapped beside their labels on a terminal."""
    found = [(clean(label), clean(text)) for label, text in lines]
    size = max((len(label) for label, _ in found), default=0) + _GAP
    if not is_terminal():
        print_lines(f"{label:<{size}}{text}" for label, text in found)
        return
    from rich.text import Text

    screen = console()
    rest = " " * size if screen.width >= WIDE else "  "
    for label, text in found:
        line = Text(wrapped(text, screen.width, first=f"{label:<{size}}", rest=rest))
        line.stylize((styles or {}).get(label, "bold"), 0, len(label))
        screen.print(line, soft_wrap=True)


def show_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: aligned on a terminal, a block for each row if it is narrow, tab-separated in a pipe."""
    if not is_terminal():
        busy.end()
        sys.stdout.writelines("\t".join(map(cell, row)).rstrip() + "\n" for row in [head, *rows])
        return
    rows = [list(map(clean, row)) for row in [head, *rows]]
    screen = console()
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    # Only the last column is wrapped; if even that leaves it too narrow, each row becomes a block.
    before = sum(widths[:-1]) + _GAP * (len(widths) - 1)
    if before + min(widths[-1], _LEAST) > screen.width:
        _show_blocks(head, rows[1:], screen)
        return
    for number, row in enumerate(rows):
        start = "".join(f"{text:<{size + _GAP}}" for text, size in zip(row[:-1], widths, strict=False))
        text = wrapped(row[-1], screen.width, first=start, rest=" " * before)
        screen.print(text, style="bold" if number == 0 else None, markup=False, soft_wrap=True)


def _show_blocks(head: Sequence[str], rows: Iterable[Sequence[str]], screen: Console) -> None:
    """The first cell of each row, then a labelled line for each other cell."""
    for row in rows:
        screen.print(row[0], style="bold", markup=False, soft_wrap=True)
        for name, figure in zip(head[1:], row[1:], strict=True):
            if not figure:
                continue
            text = wrapped(figure, screen.width, first=f"  {name}: ", rest="    ")
            screen.print(text, markup=False, soft_wrap=True)
