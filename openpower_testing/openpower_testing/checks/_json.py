"""Rewriting of JSON responses, leaf by leaf; each is known by its path, such as ``$.data.rows[*].pv``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeGuard, cast

Change = Callable[[str, Any], Any]
"""Given a leaf's path and value: its new value, or :data:`GONE`."""
GONE: Final[Any] = object()
"""What a leaf becomes that is left out."""

ENVELOPE: Final = frozenset({"code", "msg", "message", "status", "success", "expMsg", "error"})
"""Keys of vendors' response envelopes, whose own faults are checked separately."""
_ENDS: Final = 10
_ENTRY: Final = re.compile(r"\d[\d:.T+-]*|(?=(?:\D*\d){4})[\w-]+")
"""The key of an entry rather than the name of a field: a number, a date or a serial."""
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_ -]{2,}")


def everywhere(answer: Any, change: Change, *, ends: int = _ENDS) -> Any:
    """The response with every leaf changed, except those of the envelope.

    Of long lists, such as a day's rows, only the ends: thousands of mistakes take long, and show no more.
    """
    return _within(answer, change, "$", ends)


def _within(value: Any, change: Change, path: str, ends: int) -> Any:
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        changed = {key: _within(each, change, inner, ends) for key, each, inner in _fields(fields, path)}
        return {key: each for key, each in changed.items() if each is not GONE}
    if is_list(value):
        middle = range(ends, len(value) - ends)
        entries = [
            each if place in middle else _within(each, change, f"{path}[*]", ends) for place, each in enumerate(value)
        ]
        return [each for each in entries if each is not GONE]
    return value if path.removeprefix("$.") in ENVELOPE else change(path, value)


def _fields(fields: dict[str, Any], path: str) -> Iterator[tuple[str, Any, str]]:
    keyed = is_map(fields)
    return ((key, each, f"{path}[*]" if keyed else f"{path}.{key}") for key, each in fields.items())


def is_map(fields: dict[str, Any]) -> bool:
    """Whether an object holds records by number, date or serial; it has entries, and none of its keys is a field."""
    return bool(fields) and all(_ENTRY.fullmatch(key) and isinstance(each, dict) for key, each in fields.items())


def leaves(answer: Any, *, ends: int = _ENDS) -> dict[str, list[Any]]:
    """The values of the leaves by path."""
    found: dict[str, list[Any]] = {}

    def note(path: str, value: Any) -> Any:
        found.setdefault(path, []).append(value)
        return value

    everywhere(answer, note, ends=ends)
    return found


def noting(found: dict[str, list[Any]], answer: Any, *, ends: int = _ENDS) -> Any:
    """Add the leaves of a response to those that were found; the response stays as it is."""
    for path, values in leaves(answer, ends=ends).items():
        found.setdefault(path, []).extend(values)
    return answer


def is_number(value: Any) -> bool:
    """Whether a value is a number, or the text of one."""
    try:
        return not isinstance(value, bool) and float(value) == float(value)
    except (TypeError, ValueError):
        return False


def is_word(value: Any) -> bool:
    """Whether a value looks like a vendor's word rather than a name, number, time or id."""
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def numbers_to(change: Callable[[Any], Any], only: str = "") -> Callable[[Any], Any]:
    """Rewrites every number of a response, or those at one path."""
    return lambda answer: everywhere(
        answer, lambda path, old: change(old) if is_number(old) and only in {"", path} else old
    )


def reworded(only: str) -> Callable[[Any], Any]:
    """Rewrites the words at one path to an unknown one."""
    return lambda answer: everywhere(answer, lambda path, old: "unheardOf" if path == only and is_word(old) else old)


def extended(answer: Any, only: str = "", path: str = "$") -> Any:
    """The response with undocumented fields in every object with fields, or in those at one path."""
    if isinstance(answer, dict):
        fields = cast("dict[str, Any]", answer)
        inner = {key: extended(each, only, below) for key, each, below in _fields(fields, path)}
        if is_map(fields) or only not in {"", path}:
            return inner
        return {**inner, "brandNewField": 7, "brandNewObject": {"inner": [1, "two", None]}}
    if is_list(answer):
        return [extended(each, only, f"{path}[*]") for each in answer]
    return answer


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether a JSON value is a list, of which nothing more is known."""
    return isinstance(value, list)
