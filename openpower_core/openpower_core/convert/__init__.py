"""JSON to typed objects and back: records, their long series, and openpower's own vocabulary.

The fast converter (:mod:`openpower_core.convert._fast`) reads what is as documented. The detailed one, cattrs
(:mod:`openpower_core.convert._detailed`), is imported with the first answer that is not; it decides, and its message
names the places.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast, overload

import attrs

from openpower_core._error import without_frames
from openpower_core.convert._fast import reader, reader_of_field
from openpower_core.convert._values import fields_of, is_record, without_none
from openpower_core.errors import BadResponse, OpenPowerError
from openpower_core.records import Record, data_fields, vendor_key

__all__ = ["decode_series", "read_json", "structure", "structure_partly", "to_dict", "unstructure"]

_T = TypeVar("_T")
_R = TypeVar("_R", bound=Record)


def read_json(content: bytes) -> Any:
    r"""Read JSON, with or without a byte order mark; lone surrogates, which no file or socket takes, become U+FFFD.

    >>> read_json(b'\xef\xbb\xbf{"name": "\\ud83d\\ude00", "id": "A\\ud800"}')
    {'name': '😀', 'id': 'A\ufffd'}

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is too deep.
    """
    data: Any = json.loads(content)
    # Searches in C, the fastest ones first, so that data without surrogates, escaped or raw, costs nothing.
    escaped = b"\\" in content and (rb"\ud" in content or rb"\uD" in content)
    return _in_unicode(data) if escaped or b"\xed" in content else data


def _in_unicode(data: Any) -> Any:
    if isinstance(data, str):
        return data.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(data, dict):
        return {_in_unicode(name): _in_unicode(item) for name, item in cast("dict[str, Any]", data).items()}
    return list(map(_in_unicode, data)) if isinstance(data, list) else data  # pyright: ignore[reportUnknownArgumentType]


@overload
def structure(cls: type[_T], data: Any, *, where: str = ...) -> _T: ...
@overload
def structure(cls: Any, data: Any, *, where: str = ...) -> Any: ...
def structure(cls: Any, data: Any, *, where: str = "$") -> Any:
    """Make an object of a type from JSON data.

    Args:
        cls: a record class, ``list[…]`` or ``tuple[…, ...]`` of one, or a union of records that a ``Literal`` field
            tells apart.
        data: the JSON data as Python objects.
        where: the JSON path of ``data`` in the answer, for messages: ``"$.data"``.

    Raises:
        BadResponse: it does not fit; the message names the places.
    """
    try:
        return reader(cls)(data)
    except Exception:  # noqa: BLE001, S110 - the detailed converter decides, and finds the words for it
        pass
    # Imported late, since cattrs takes as long to import as a whole first request.
    from openpower_core.convert._detailed import read_in_detail

    try:
        return read_in_detail(cls, data, where)
    except BadResponse as error:
        # A vendor may echo a secret, which a traceback with locals would show.
        del data
        raise without_frames(error)  # noqa: B904


def structure_partly(cls: type[_R], data: Any, *, where: str = "$") -> _R:
    """Make a record of what can be read: a field that cannot is None, and ``record.unreadable()`` has what was sent.

    For readings, of which one bad figure must not cost the others. Settings that are sent back are read whole or not at all.

    Raises:
        BadResponse: it is no object, or a field that it must have cannot be read.
    """
    try:
        return structure(cls, data, where=where)
    except BadResponse:
        if not isinstance(data, dict):
            raise
    kept: dict[str, Any] = {}
    parts: dict[str, Any] = {}
    refused: dict[str, Any] = {}
    by_key = {name: field for field in fields_of(cls) for name in (vendor_key(field), *field.metadata.get("also", ()))}
    for name, value in cast("dict[str, Any]", data).items():
        field = by_key.get(name)
        try:
            if field is not None and value is not None:
                reader_of_field(field)(value)
            kept[name] = value
        except Exception:  # noqa: BLE001 - whatever it is, this field cannot be read
            kind: Any = without_none(field.type) if field is not None else None
            if field is not None and is_record(kind) and isinstance(value, dict):
                parts[field.name] = structure_partly(kind, value, where=f"{where}.{name}")
            elif field is not None:
                refused[vendor_key(field)] = value
    made = structure(cls, kept, where=where)
    return made.evolve(**parts, extras={**made.extras, **refused})


@overload
def decode_series(content: bytes, cls: type[_T], *, path: str = ...) -> list[_T]: ...
@overload
def decode_series(content: bytes, cls: Any, *, path: str = ...) -> list[Any]: ...
def decode_series(content: bytes, cls: Any, *, path: str = "") -> list[Any]:
    """Decode an answer that is a list of records, however long.

    Args:
        content: the body of the answer.
        cls: a record class, or a union of them that a ``Literal`` field tells apart.
        path: the keys that lead to the list, such as ``"data"`` or ``"data.rows"``; empty when the answer is the list.

    Raises:
        BadResponse: it is not JSON, or some items do not fit; the message names the places.
    """
    try:
        data: Any = read_json(content)
    except (ValueError, RecursionError) as error:
        raise BadResponse(f"$: expected a list, and the answer is not JSON: {error}.") from None
    where = "$"
    for name in path.split(".") if path else ():
        where += f".{name}"
        data = cast("dict[str, Any]", data).get(name) if isinstance(data, dict) else None
    return list(structure(list[cls], data, where=where))


def to_dict(value: object, *, raw: bool = False) -> Any:
    """Plain JSON data, for ``json.dumps``: of a reading, price, usage, bill, receipt, a vendor's record, or a collection of them.

    Objects become dictionaries by field name, without computed properties; vendors' records by the vendor's keys, without their
    secret fields. Instants become ISO 8601 in UTC with a Z, durations seconds, enums their words, sets sorted lists, and ``Decimal``
    text, so that money keeps every digit. A number that is not finite is None, as JSON has none.
    Ids and serial numbers are whole. A series becomes a list; its ``gaps`` can be given as well.

    >>> from decimal import Decimal
    >>> to_dict({"per_kwh": Decimal("0.1230"), "start": datetime(2026, 8, 1, 12, tzinfo=UTC)})
    {'per_kwh': '0.1230', 'start': '2026-08-01T12:00:00Z'}

    Args:
        value: what openpower returns, or a collection of it.
        raw: with the vendor's own record in each reading and price.

    Raises:
        TypeError: it is no data, such as a device (its ``info``, ``capabilities`` and readings are) or a secret.
    """
    cls: Any = value.__class__
    if value is None or cls in (str, int, bool):
        return value
    for kind, make in _forms():
        if isinstance(value, kind):
            return make(value)
    if isinstance(value, Record):
        secret = {vendor_key(field) for field in data_fields(cls) if field.metadata.get("secret")}
        return {name: to_dict(item) for name, item in value.items() if name not in secret}
    if attrs.has(cls):
        # "raw" is the one field that counts neither for repr nor for equality.
        fields = [field.name for field in attrs.fields(cls) if field.repr or field.eq or raw]
        return {name: to_dict(getattr(value, name), raw=raw) for name in fields}
    if isinstance(value, OpenPowerError):
        about = {name: item for name, item in vars(value).items() if not name.startswith("_")}
        return {"type": cls.__name__, **to_dict(about)}
    if isinstance(value, Mapping) or hasattr(value, "_asdict"):
        return {str(to_dict(name)): to_dict(item, raw=raw) for name, item in _pairs(value)}
    if isinstance(value, set | frozenset):
        return sorted(map(to_dict, value))  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, Iterable):
        return [to_dict(item, raw=raw) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    raise TypeError(f"{cls.__name__} has no plain form; it does not belong into data.")


unstructure = to_dict
"""What providers may know it by."""


def _pairs(value: Any) -> Iterable[tuple[Any, Any]]:
    return (value._asdict() if hasattr(value, "_asdict") else value).items()  # type: ignore[no-any-return]


@cache
def _forms() -> tuple[tuple[Any, Callable[[Any], Any]], ...]:
    """How single values of each kind are written; the first kind that fits counts."""
    from decimal import Decimal  # which few processes need

    return (
        (Enum, lambda word: word.value),
        (str, str),
        (datetime, lambda instant: instant.astimezone(UTC).isoformat().replace("+00:00", "Z")),
        ((date, time), lambda day: day.isoformat()),
        (timedelta, lambda span: span.total_seconds()),
        (Decimal, str),
        (int, lambda number: number),
        (float, lambda number: number if math.isfinite(number) else None),
    )
