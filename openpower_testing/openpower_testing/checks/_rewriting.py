"""Changes in the JSON of answers: leaves nulled, dropped, turned into text, words that nobody knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeGuard, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ENVELOPE", "collect", "dropped", "everywhere", "extended", "is_word", "replaced", "reworded", "words"]

ENVELOPE: Final = frozenset({"code", "msg", "message", "status", "success", "expMsg", "error"})
"""Keys of what vendors wrap their answers in; the faults of an envelope are checked by themselves."""

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_ -]{2,}")


def collect(answer: Any, keys: dict[str, None]) -> Any:
    """Note the keys of all leaves that are numbers; the answer stays as it is."""

    def note(key: str, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            keys[key] = None
        return value

    return everywhere(answer, note)


def words(answer: Any, found: dict[str, None]) -> Any:
    """Note the keys whose values are plain words."""

    def note(key: str, value: Any) -> Any:
        if is_word(value):
            found[key] = None
        return value

    return everywhere(answer, note)


def is_word(value: Any) -> bool:
    """Whether a value looks like a vendor's word rather than a name, number, time or id."""
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def replaced(answer: Any, wanted: str, by: Any) -> Any:
    """The answer with every leaf of one key replaced."""
    return everywhere(answer, lambda key, value: by if key == wanted else value)


def reworded(answer: Any, wanted: str) -> Any:
    """The answer with the words of one key replaced by one that nobody knows."""
    return everywhere(answer, lambda key, value: "unheardOf" if key == wanted and is_word(value) else value)


def dropped(answer: Any, wanted: str) -> Any:
    """The answer without one key."""
    if isinstance(answer, dict):
        fields = cast("dict[str, Any]", answer)
        return {key: dropped(value, wanted) for key, value in fields.items() if key != wanted}
    if _is_list(answer):
        return [dropped(each, wanted) for each in answer]
    return answer


def extended(answer: Any) -> Any:
    """The answer with fields in every object that no documentation knows."""
    if isinstance(answer, dict):
        fields = {key: extended(value) for key, value in cast("dict[str, Any]", answer).items()}
        return {**fields, "brandNewField": 7, "brandNewObject": {"inner": [1, "two", None]}}
    if _is_list(answer):
        return [extended(each) for each in answer]
    return answer


def everywhere(answer: Any, change: Callable[[str, Any], Any]) -> Any:
    """The answer with every leaf (by its key) changed; the envelope's own fields stay."""
    if not isinstance(answer, dict):
        return _within(answer, change, "")
    fields = cast("dict[str, Any]", answer)
    return {key: value if _is_envelope(key, value) else _within(value, change, key) for key, value in fields.items()}


def _is_envelope(key: str, value: Any) -> bool:
    return key in ENVELOPE and not isinstance(value, dict | list)


def _within(value: Any, change: Callable[[str, Any], Any], key: str) -> Any:
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: _within(each, change, name) for name, each in fields.items()}
    if _is_list(value):
        return [_within(each, change, key) for each in value]
    return change(key, value)


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)
