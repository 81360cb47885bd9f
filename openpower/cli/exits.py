"""Exit codes, and the one place where errors and warnings become messages on the screen.

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
8     a command is overdue: its end has passed, and nothing has released it
9     incomplete: a part of the home could not be found or read; the rest is shown
130   interrupted
====  ======================================================
"""

from __future__ import annotations

import difflib
import os
import sys
from typing import TYPE_CHECKING, Any, Final, get_args

import cyclopts

from openpower.cli.output import busy, os_error_text, print_error, print_json, printing
from openpower_core import errors
from openpower_core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INTERRUPTED: Final = 130
_USAGE: Final = 2

_CODES: Final[tuple[tuple[type[BaseException], int], ...]] = (
    # The first match wins, so narrow classes come before wide ones.
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
)


def exit_code(error: Exception) -> int:
    """The exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), 1)


def guarded(command: Callable[[], Any], arguments: Sequence[str]) -> int:
    """Run a command, print its error, if any, and return the exit code. No traceback escapes."""
    if {"--help", "-h", "--version"}.isdisjoint(arguments):
        _show_warnings()  # a help has no warnings, and importing logging takes a tenth of its time
    try:
        return printing(lambda: _run(command, arguments))
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(command: Callable[[], Any], typed: Sequence[str]) -> int:
    try:
        result = command()
    except BrokenPipeError:  # not an error of the command: the reader has gone
        raise
    except KeyboardInterrupt:
        sys.stderr.write(f"{'' if busy.end() else chr(10)}openpower: interrupted\n")
        return INTERRUPTED
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else int(leave.code is not None)
    except Exception as error:  # noqa: BLE001 - the last resort: the screen shows a message, never a traceback
        shown = _usage_error(error) if isinstance(error, cyclopts.CycloptsError) else error
        _print_error(shown, typed)
        return exit_code(shown)
    return result if isinstance(result, int) and not isinstance(result, bool) else 0


def _print_error(error: Exception, typed: Sequence[str]) -> None:
    """Print an error: a line for people, or an object for programs."""
    busy.end()
    if os.environ.get("OPENPOWER_DEBUG"):
        import traceback

        for block in traceback.format_exception(error):
            sys.stderr.writelines(f"{clean(line)}\n" for line in block.splitlines())
    text = _error_text(error, typed)
    if "--json" in typed:
        print_json({"error": _error_data(error, text)})
    else:
        hint = " ".join((getattr(error, "hint", None) or "").split())
        print_error(text.removesuffix(hint).rstrip(), hint=hint)


def _error_text(error: Exception, typed: Sequence[str]) -> str:
    if isinstance(error, errors.OpenPowerError):
        from openpower.cli.arguments import error_text

        return " ".join(error_text(error, typed).split())
    if isinstance(error, OSError):
        return os_error_text(error)
    if isinstance(error, EOFError):
        return "the input ended before all questions were answered."
    return f"unexpected {type(error).__name__}: {error} (a bug in openpower; OPENPOWER_DEBUG=1 shows where)"


def _usage_error(error: cyclopts.CycloptsError) -> errors.InvalidValue:
    """What is wrong with the command line, and what to type instead."""
    command = " ".join(("openpower", *(error.command_chain or ())))
    words, hint = _usage_words(error, command)
    invalid = errors.InvalidValue(words, hint=hint or f"See: {command} --help")
    invalid.__cause__ = error
    return invalid


def _usage_words(error: cyclopts.CycloptsError, command: str) -> tuple[str, str]:
    short = command.removeprefix("openpower ")
    token = getattr(error, "token", None)
    name = getattr(token, "keyword", None) or (error.argument.name if error.argument else "")
    match error:
        case cyclopts.UnknownCommandError(unused_tokens=[word, *rest]):
            return _unknown_command(word, rest, command, [each for each in error.app or () if each[0] != "-"])
        case cyclopts.UnusedCliTokensError(unused_tokens=[word, *_]):
            return f"{short} does not take the argument {word!r}.", ""
        case cyclopts.UnknownOptionError():
            known = [each for argument in error.argument_collection for each in argument.names]
            word = error.token.keyword or error.token.value
            return f"{short} has no option {word}.{_nearest(word, known)}", ""
        case cyclopts.CoercionError() if token:
            return f"{name} is {token.value!r}; it must be {_kind(error.target_type)}.", ""
        case cyclopts.ValidationError(argument=cyclopts.Argument(tokens=[given, *_])):
            return f"{given.keyword or name} is {given.value!r}; it must be {_bound(error.exception_message)}", ""
        case cyclopts.MissingArgumentError():
            option = name if name.startswith("-") else f"a {name}"
            return (f"{error.keyword} needs a value." if error.keyword else f"{short} needs {option}."), ""
        case cyclopts.RepeatArgumentError():
            return f"{name} was given more than once.", ""
        case _:
            return f"{error}".rstrip(".") + ".", ""


def _unknown_command(word: str, rest: list[str], command: str, known: list[str]) -> tuple[str, str]:
    near = _nearest(word, known)
    if command != "openpower" and not near:  # a home was named where one of the group's commands belongs
        first = " ".join((command, known[0], word, *rest))
        return (
            f"{command.removeprefix('openpower ')} needs one of its commands: {', '.join(known)}.",
            f"Type, for example: {first}",
        )
    from openpower.cli.arguments import is_home

    if is_home(word):
        return f"{word!r} is a profile or a provider, not a command.", f"Type, for example: openpower status {word}"
    kind = "option" if word.startswith("-") else "command"
    return f"there is no {kind} {word!r}.{near}", f"To see all commands, type: {command}"


def _nearest(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _kind(kind: Any) -> str:
    """What a value has to be."""
    words = getattr(kind, "__members__", None) or get_args(kind)
    if words:
        return f"one of {', '.join(word.lower().replace('_', '-') for word in words)}"
    return {int: "a whole number", float: "a number", bool: "true or false"}.get(kind, "another value")


def _bound(message: str) -> str:
    """``at least 1.`` for ``Must be >= 1.``"""
    signs = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}
    sign, _, bound = message.removeprefix("Must be ").partition(" ")
    return f"{signs.get(sign, sign)} {bound}"


def _error_data(error: Exception, text: str) -> dict[str, Any]:
    data: dict[str, Any] = {"type": type(error).__name__, "message": text, "exit_code": exit_code(error)}
    for name in ("provider", "operation", "vendor_code", "hint"):
        if (value := getattr(error, name, None)) is not None:
            data[name] = value
    if (retry_after := getattr(error, "retry_after", None)) is not None:
        data["retry_after_s"] = retry_after.total_seconds()
    if (retry_at := getattr(error, "retry_at", None)) is not None:
        data["retry_at"] = retry_at.isoformat()
    if (receipt := getattr(error, "receipt", None)) is not None:
        from openpower_core.convert import to_dict

        data["receipt"] = to_dict(receipt)
    return data


def _show_warnings() -> None:
    """Print the library's warnings beside the command's own output: each once, on one line."""
    import logging

    class Notices(logging.Handler):
        def __init__(self) -> None:
            super().__init__(logging.WARNING)
            self.printed: set[str] = set()

        def emit(self, record: logging.LogRecord) -> None:
            from openpower.cli.arguments import in_options

            text = " ".join(in_options(record.getMessage()).split())
            if text not in self.printed and sys.stderr is not None:
                self.printed.add(text)
                print_error(f"note: {text}")

    logger = logging.getLogger("openpower")
    logger.handlers[:] = [handler for handler in logger.handlers if type(handler).__name__ != "Notices"]
    logger.addHandler(Notices())
    logger.propagate = False
