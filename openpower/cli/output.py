"""Standard output: lines, JSON with its schema version, and streams that never break a command."""

from __future__ import annotations

import codecs
import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SCHEMA: Final = 1
"""The version of the JSON that commands print; it changes when a field's meaning does."""

_ASCII: Final = str.maketrans(
    {
        **dict.fromkeys("█▇▆", "#"),
        **dict.fromkeys("▅▄", "+"),
        **dict.fromkeys("▃▂▁░", "."),
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


def print_lines(lines: Iterable[str]) -> None:
    """Print plain lines."""
    for line in lines:
        sys.stdout.write(f"{line.rstrip()}\n")


def print_error(text: str) -> None:
    """Print one line to standard error; on a terminal it is broken between words."""
    line = f"openpower: {text}"
    if sys.stderr.isatty():
        import shutil
        import textwrap

        width = shutil.get_terminal_size().columns
        line = textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
    sys.stderr.write(f"{line}\n")


def print_json(data: dict[str, Any], *, indent: int | None = 2) -> None:
    """Print one object with its schema version."""
    import json

    sys.stdout.write(json.dumps({"schema": SCHEMA, **data}, ensure_ascii=False, indent=indent) + "\n")


def fix_streams() -> None:
    """Replace closed streams by the null device, and characters that the terminal's encoding lacks by ASCII ones."""
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
    """Run what prints, see to it that all of it is written, and give the exit code."""
    fix_streams()
    try:
        code = work()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read our output has gone (``openpower … | head``): leave quietly
        _discard_output()
        return 0
    except OSError as error:  # standard output is a full disk, or the like
        _discard_output()
        print_error(f"the output cannot be written: {os_error_text(error)}")
        return 1
    return code


def _discard_output() -> None:
    """Let nothing that is still buffered fail once more when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def os_error_text(error: OSError) -> str:
    """What the operating system says, with the file that it is about."""
    text = error.strerror or str(error)
    return f"{error.filename}: {text}." if error.filename else f"{text}."
