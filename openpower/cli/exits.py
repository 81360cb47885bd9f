"""Exit codes, and the one place where errors and warnings become words on the screen.

====  ======================================================
code  meaning
====  ======================================================
0     done
1     any other error; or you answered no
2     the command line is wrong, or names something that does not exist
3     the vendor is unreachable, or its data is stale
4     sign-in needed: credentials are missing or refused
5     a guard refused the write
6     sent, but not confirmed
7     rate limited, or out of write budget
130   interrupted
====  ======================================================
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from cyclopts import CycloptsError

from openpower.cli.output import os_error_text, print_error, print_json, printing
from openpower_core import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_INTERRUPTED: Final = 130
_USAGE: Final = 2

_CODES: Final[tuple[tuple[type[BaseException], int], ...]] = (
    # The first that fits wins, so the narrow ones stand before the wide ones.
    (errors.MissingCredential, 4),
    (errors.AuthError, 4),
    (errors.RateLimited, 7),
    (errors.WriteBudgetExhausted, 7),
    (errors.Veto, 5),
    (errors.WriteNotConfirmed, 6),
    (errors.TemporaryError, 3),
    (errors.StaleData, 3),
    (errors.ConfigurationError, _USAGE),
    (errors.RequestError, _USAGE),
    (CycloptsError, _USAGE),
)


def exit_code(error: Exception) -> int:
    """The exit code that stands for an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), 1)


def guarded(command: Callable[[], Any], arguments: Sequence[str]) -> int:
    """Run a command; print its error, if any, and give the exit code. No traceback escapes."""
    if {"--help", "-h", "--version"}.isdisjoint(arguments):
        _show_warnings()  # a help warns of nothing, and importing logging takes a tenth of its time
    try:
        return printing(lambda: _run(command, as_json="--json" in arguments))
    except KeyboardInterrupt:
        return _INTERRUPTED


def _run(command: Callable[[], Any], *, as_json: bool) -> int:
    try:
        result = command()
    except BrokenPipeError:  # not an error of the command: whoever read our output has gone
        raise
    except KeyboardInterrupt:
        sys.stderr.write("\nopenpower: interrupted\n")
        return _INTERRUPTED
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except Exception as error:  # noqa: BLE001 - the last resort: the screen shows words, never a traceback
        _print_error(error, as_json=as_json)
        return exit_code(error)
    return result if isinstance(result, int) and not isinstance(result, bool) else 0


def _print_error(error: Exception, *, as_json: bool) -> None:
    """Print an error: a line for people, or an object for programs."""
    if os.environ.get("OPENPOWER_DEBUG"):
        import traceback

        sys.stderr.write("".join(traceback.format_exception(error)))
    if as_json:
        print_json({"error": _error_data(error)})
        return
    print_error(_error_text(error))
    if isinstance(error, CycloptsError):
        names = " ".join(["openpower", *(error.command_chain or ())])
        sys.stderr.write(f"Try: {names} --help\n")


def _error_text(error: Exception) -> str:
    if isinstance(error, errors.OpenPowerError | CycloptsError):
        return " ".join(str(error).split())
    if isinstance(error, OSError):
        return os_error_text(error)
    if isinstance(error, EOFError):
        return "the input ended before everything was answered."
    return f"unexpected {type(error).__name__}: {error} (a bug in openpower; OPENPOWER_DEBUG=1 shows where)"


def _error_data(error: Exception) -> dict[str, Any]:
    data: dict[str, Any] = {"type": type(error).__name__, "message": _error_text(error), "exit_code": exit_code(error)}
    for name in ("provider", "operation", "vendor_code", "hint"):
        if (value := getattr(error, name, None)) is not None:
            data[name] = value
    if (retry_after := getattr(error, "retry_after", None)) is not None:
        data["retry_after_s"] = retry_after.total_seconds()
    if (retry_at := getattr(error, "retry_at", None)) is not None:
        data["retry_at"] = retry_at.isoformat()
    if (receipt := getattr(error, "receipt", None)) is not None:
        from openpower_core.convert import unstructure

        data["receipt"] = unstructure(receipt)
    return data


def _show_warnings() -> None:
    """Print the library's warnings beside the command's own output: each once, in one line."""
    import logging

    class Notices(logging.Handler):
        def __init__(self) -> None:
            super().__init__(logging.WARNING)
            self.printed: set[str] = set()

        def emit(self, record: logging.LogRecord) -> None:
            text = " ".join(record.getMessage().split())
            if text not in self.printed and sys.stderr is not None:
                self.printed.add(text)
                print_error(f"note: {text}")

    logger = logging.getLogger("openpower")
    logger.handlers[:] = [handler for handler in logger.handlers if type(handler).__name__ != "Notices"]
    logger.addHandler(Notices())
    logger.propagate = False
