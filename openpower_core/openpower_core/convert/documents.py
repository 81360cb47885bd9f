"""Documents that people write (schedules, configuration), read strictly: what is misspelt, doubled or of another kind is refused.

Vendors' answers are read tolerantly, because they change without notice. A document says what its author wants: with one key
ignored, ``"day": ["mon"]`` would be a window on every day.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import NoneType
from typing import Any, Final, NoReturn, TypeVar, cast, get_args, get_origin

import attrs

from openpower_core._error import InvalidValue, nearest, refused, shown
from openpower_core.convert import _values

__all__ = ["READ", "read_document", "read_json_document"]

READ: Final = "read_document"
"""The ``operation`` of its errors: the names in them are keys of the document, not arguments."""

_T = TypeVar("_T")


def read_json_document(text: str, name: str) -> Any:
    """The JSON data of a document; ``name`` is what messages call it.

    >>> read_json_document('{"start": 1, "start": 2}', "the schedule")
    Traceback (most recent call last):
    openpower_core._error.InvalidValue: the schedule has the key 'start' twice.

    Raises:
        InvalidValue: it is not JSON, has a key twice in one object, or has NaN or Infinity, which are not JSON.
    """

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:  # json alone keeps the last one
                raise InvalidValue(f"{name} has the key {shown(key)} twice.", operation=READ)
            found[key] = value
        return found

    def no_number(word: str) -> NoReturn:
        raise InvalidValue(f"{name} has {word} where a number is expected.", operation=READ)

    try:
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=unique, parse_constant=no_number)
    except InvalidValue:
        raise
    except json.JSONDecodeError as error:
        words = f"{name} is not JSON: {error.msg}, at line {error.lineno}, column {error.colno}."
    except (ValueError, RecursionError):  # a number of 5,000 digits, or a thousand brackets
        words = f"{name} is not JSON that can be read: a number is too long, or it is nested too deeply."
    raise InvalidValue(words, operation=READ)


def read_document(cls: type[_T], data: Any, *, name: str = "the document") -> _T:
    """Make an object of the vocabulary from the data of a document.

    Values may be what the class itself takes (``"mon-fri"`` for days, ``"1:00"`` for a time), and what
    :func:`openpower.to_dict` writes.

    Args:
        cls: a class of the vocabulary.
        data: JSON or TOML data as Python objects.
        name: what messages call the document, such as ``"winter.json"``.

    Raises:
        InvalidValue: a key is unknown or missing, or a value is none that its field takes; the message names the place.
    """
    return cast("_T", _read(cls, data, "", name))


def _read(kind: Any, data: Any, path: str, name: str) -> Any:
    members = _values.members_of(kind)
    if data is None and NoneType in get_args(kind):
        return None
    if len(members) == 1 and attrs.has(members[0]):
        return _object(members[0], data, path, name)
    if len(members) == 1 and _has_objects(members[0]):
        if not isinstance(data, list):
            raise _refused(data, path, name, "a list")
        (item, *_) = get_args(members[0])
        parts: list[Any] = data  # pyright: ignore[reportUnknownVariableType]
        return [_read(item, part, f"{path}[{place}]", name) for place, part in enumerate(parts)]
    return data


def _has_objects(kind: Any) -> bool:
    return get_origin(kind) in (tuple, list, frozenset) and attrs.has(get_args(kind)[0])


def _object(cls: Any, data: Any, path: str, name: str) -> Any:
    # A key that is a word of Python's (import, from) is named by the field's metadata.
    fields = {field.metadata.get("key") or field.name: field for field in attrs.fields(attrs.resolve_types(cls))}
    keys = ", ".join(map(repr, fields))
    if not isinstance(data, Mapping):
        raise _refused(data, path, name, f"an object with the keys {keys}")
    given = cast("Mapping[str, Any]", data)
    place = f"{name}: {path}" if path else name
    for key in given:
        if key not in fields:
            words = f"{place} has no key {shown(key)}; its keys are {keys}."
            raise InvalidValue(words, operation=READ, hint=nearest(str(key), fields))
    for key, field in fields.items():
        if key not in given and field.default is attrs.NOTHING:
            raise InvalidValue(f"{place} lacks the key {key!r}.", operation=READ)
    values = {
        fields[key].name: _field(fields[key], value, f"{path}.{key}".lstrip("."), name) for key, value in given.items()
    }
    try:
        return cls(**values)
    except InvalidValue as error:  # the class's own rules, which name the field
        raise InvalidValue(f"{place}: {error.message}", operation=READ, hint=error.hint) from None


def _field(field: Any, value: Any, path: str, name: str) -> Any:
    """The value of one field, in the form that its class checks further."""
    value = _read(field.type, value, path, name)
    (kind, *more) = _values.members_of(field.type)
    if value is None and not field.converter and NoneType not in get_args(field.type):
        raise _refused(value, path, name, "a value; a key without one is left out")
    if more or value is None or attrs.has(value.__class__):
        return value
    # What JSON has no form for is read from text or seconds; for the rest the class's converter knows best.
    if field.converter and kind not in (datetime, date, timedelta):
        return value
    read = _values.single(kind)
    try:
        return value if read is None else read(value)
    except _values.Mismatch as error:
        raise _refused(value, path, name, error.expected) from None


def _refused(value: Any, path: str, name: str, allowed: str) -> InvalidValue:
    error = refused(value, f"{name}: {path}" if path else name, allowed)
    error.operation = READ
    return error
