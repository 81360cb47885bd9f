"""Exit codes, and the one place where errors become words on the screen.

====  ======================================================
code  meaning
====  ======================================================
0     done
1     an error that none of the others describes
2     the command line is wrong, or names what is not there
3     the vendor is unreachable, or its data is stale
4     sign-in needed: credentials are missing or refused
5     a guard refused the write
6     sent, but not confirmed
7     rate limited, or held by the write budget
130   interrupted
====  ======================================================
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from cyclopts import CycloptsError

from openpower.cli.output import print_json
from openpower.cli.streams import fix_streams
from openpower_core import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["exit_code", "guarded"]

_INTERRUPTED: Final = 130
_USAGE: Final = 2
_HELPS: Final = {"--help", "-h", "--version"}
"""What needs no log, whose import would take a tenth of the time that a help takes."""

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
    (KeyboardInterrupt, _INTERRUPTED),
)


def exit_code(error: BaseException) -> int:
    """The exit code that stands for an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), 1)


def guarded(command: Callable[[], Any], arguments: Sequence[str]) -> int:
    """Run a command; print its error, if any, and give the exit code. No traceback escapes."""
    fix_streams()
    if not _HELPS & {*arguments}:
        from openpower.cli.notices import show_warnings

        show_warnings()
    try:
        code = _run(command, as_json="--json" in arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has gone (``openpower … | head``): leave quietly.
        _discard_output()
        return 0
    except OSError as error:  # standard output is a full disk, or the like
        _discard_output()
        sys.stderr.write(f"openpower: the output cannot be written: {_os_words(error)}\n")
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _run(command: Callable[[], Any], *, as_json: bool) -> int:
    try:
        result = command()
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        sys.stderr.write("\nopenpower: interrupted\n")
        return _INTERRUPTED
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except Exception as error:  # noqa: BLE001 - the last door: the screen shows words, never a traceback
        _tell(error, as_json=as_json)
        return exit_code(error)
    return result if isinstance(result, int) and not isinstance(result, bool) else 0


def _discard_output() -> None:
    """Let nothing that is still buffered fail once more when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: Exception, *, as_json: bool) -> None:
    """Print an error: a line for people, or an object for programs."""
    if as_json:
        print_json({"error": _as_data(error)})
        return
    sys.stderr.write(f"openpower: {_words(error)}\n")
    if isinstance(error, CycloptsError):
        names = " ".join(["openpower", *(error.command_chain or ())])
        sys.stderr.write(f"Try: {names} --help\n")


def _words(error: Exception) -> str:
    if os.environ.get("OPENPOWER_DEBUG"):
        import traceback

        sys.stderr.write("".join(traceback.format_exception(error)))
    if isinstance(error, errors.OpenPowerError | CycloptsError):
        return " ".join(str(error).split())
    if isinstance(error, OSError):
        return _os_words(error)
    if isinstance(error, EOFError):
        return "the input ended before everything was answered."
    return f"unexpected {type(error).__name__}: {error} (a defect of openpower; OPENPOWER_DEBUG=1 shows where)"


def _os_words(error: OSError) -> str:
    what = error.strerror or str(error)
    return f"{error.filename}: {what}." if error.filename else f"{what}."


def _as_data(error: Exception) -> dict[str, Any]:
    data: dict[str, Any] = {"type": type(error).__name__, "message": _words(error), "exit_code": exit_code(error)}
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
