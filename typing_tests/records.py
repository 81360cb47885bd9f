"""What type checkers see of records: constructors, attributes, subscripts, and what reading gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, assert_type

from openpower_core.convert import decode_series, structure
from openpower_core.records import Record, VendorEnum, VendorIntEnum, key, record


class Word(VendorEnum):
    LOW = "low"


class Number(VendorIntEnum):
    ONE = 1


@record
class Detail(Record):
    l1_w: float | None = key("pmeterL1", default=None)


@record
class Power(Record):
    name: str = key("sysName")
    grid_w: float | None = key("pgrid", default=None)
    word: Word | None = None
    number: Number | None = None
    details: tuple[Detail, ...] = ()


@record
class Tagged(Power):
    kind: Literal["tagged"] = "tagged"


power = Power(name="x", grid_w=1.0, details=(Detail(),))
tagged = Tagged(name="x", extras={"novel": 1})
assert_type(power.grid_w, float | None)
assert_type(power.details, tuple[Detail, ...])
assert_type(tagged.name, str)
assert_type(tagged.kind, Literal["tagged"])
assert_type(power.extras, Mapping[str, Any])
assert_type(power["pgrid"], Any)
assert_type(power.keys(), tuple[str, ...])
assert_type(power.is_empty(), bool)
assert_type(power.to_vendor(), dict[str, Any])
assert_type(Word("odd"), Word)
assert_type(Word.LOW.known, bool)
assert_type(Number(7).known, bool)
assert_type(structure(Power, {}), Power)
assert_type(structure(list[Power], []), list[Power])
assert_type(decode_series(b"[]", Power, path="data"), list[Power])

Power()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Power("x")  # type: ignore[call-arg,arg-type]  # pyright: ignore[reportCallIssue]
Power(name=1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
power.grid_w = 2.0  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
power.nothing  # type: ignore[attr-defined]  # pyright: ignore  # noqa: B018, PGH003
