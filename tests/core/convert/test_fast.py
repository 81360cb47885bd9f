"""The fast converter agrees with the detailed one, which is not loaded before an answer that does not fit."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from openpower_core.checks import aware_or_none, percentage
from openpower_core.convert import structure
from openpower_core.convert._detailed import detailed_converter
from openpower_core.convert._fast import reader
from openpower_core.records import Record, VendorEnum, VendorIntEnum, key, record


class Word(VendorEnum):
    LOW = "low"


class Number(VendorIntEnum):
    ONE = 1


@record
class Node(Record):
    """Of every kind that vendors send, its own kind included."""

    name: str
    soc: float | None = key("cbat", default=None, also=("cobat",), lenient=True)
    count: int | None = None
    flag: bool | None = None
    day: date | None = None
    at: datetime | None = None
    word: Word | None = None
    number: Number | None = None
    either: str | float | None = None
    words: tuple[str, ...] = ()
    inner: Node | None = None
    nodes: tuple[Node, ...] = ()


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(),
    st.sampled_from(["", "low", "12.5", " 7 ", "2026-08-01", "2026-08-01T12:00:00Z", "x"]),
    st.lists(st.sampled_from(["a", 1])),
)
_KEYS = st.sampled_from(["name", "cbat", "cobat", "count", "flag", "day", "at", "word", "number", "either", "novel"])


def _node(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    nested = st.fixed_dictionaries({"name": st.just("n")}, optional={"inner": inner, "nodes": st.lists(inner)})
    return st.builds(lambda some, more: {**more, **some}, st.dictionaries(_KEYS, _VALUES), nested)


@given(st.recursive(st.dictionaries(_KEYS, _VALUES), _node, max_leaves=5), st.sampled_from([Node, list[Node]]))
def test_what_the_fast_converter_reads_is_what_the_detailed_one_reads(data: Any, kind: Any) -> None:
    """Values, extras and types are the same, and so is what does not fit."""
    rows = data if kind is Node else [data, {"name": "n"}]
    made, found = _read(rows, kind, detailed=False), _read(rows, kind, detailed=True)

    assert repr(made) == repr(found)
    assert made == found


def _read(data: Any, kind: Any, *, detailed: bool) -> Any:
    """What a converter makes of the data, whole and with what it does not know; None where it refuses."""
    try:
        made = detailed_converter().structure(data, kind) if detailed else reader(kind)(data)
    except Exception:  # noqa: BLE001 - cattrs raises of many kinds
        return None
    if kind is Thing:
        return made
    return [(item.to_vendor(), item.extras) for item in (made if isinstance(made, list) else [made])]


@attrs.frozen(kw_only=True)
class Thing:
    """Of every kind that the vocabulary and the state folder hold."""

    name: str
    level: float | None = attrs.field(default=None, validator=percentage)
    count: int = 0
    price: Decimal | None = None
    span: timedelta | None = None
    at: datetime | None = attrs.field(default=None, converter=aware_or_none)
    start: time | None = None
    mode: Literal["on", 1] = "on"
    either: int | str | None = None
    days: frozenset[int] = frozenset()
    words: Mapping[Word, float] = attrs.field(factory=dict[Word, float])
    parts: tuple[Thing, ...] = ()
    whole: dict[str, Thing | None] | None = None
    node: Node | None = None
    more: Any = None
    kept: int = attrs.field(default=7, init=False)


_THING_KEYS = st.sampled_from([attribute.name for attribute in attrs.fields(Thing)] + ["novel"])
_THING_VALUES = _VALUES | st.sampled_from(
    ["12:30", "on", "-1e3", 1e400, {"low": 1}, {"odd": 2.5}, {"n": {"name": "m"}}, [7, 7]]
)


def _thing(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    nested = st.fixed_dictionaries(
        {"name": st.just("n")},
        optional={"parts": st.lists(inner), "whole": st.dictionaries(st.just("x"), inner), "node": inner},
    )
    return st.builds(lambda some, more: {**some, **more}, st.dictionaries(_THING_KEYS, _THING_VALUES), nested)


@settings(max_examples=300)
@given(st.recursive(st.fixed_dictionaries({"name": st.just("n")}) | st.none(), _thing, max_leaves=4))
def test_the_vocabulary_is_read_as_the_detailed_converter_reads_it(data: Any) -> None:
    """Our own objects follow the same rules: what one converter refuses, the other refuses."""
    made, found = _read(data, Thing, detailed=False), _read(data, Thing, detailed=True)

    assert repr(made) == repr(found)
    assert made == found


def test_what_the_fast_converter_does_not_know_the_detailed_one_decides() -> None:
    """A converter of attrs, a default that is made anew, and a type that only cattrs knows."""

    @record
    class Odd(Record):
        doubled: Any = attrs.field(default=None, converter=lambda value: value and value * 2)
        made: list[int] = attrs.field(factory=lambda: [1])
        sequence: Sequence[int] = ()

    assert structure(Odd, {"doubled": "x"}) == Odd(doubled="x")
    assert structure(list[Odd], [{"sequence": [1]}])[0].made == [1]


def test_an_answer_of_usual_shape_needs_no_detailed_converter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested records, lists, text that is a number, and unknown fields are no reason for it."""
    data = {"name": "a", "cobat": "55", "nodes": [{"name": "b", "novel": 1}], "words": ["x"]}
    monkeypatch.setattr("openpower_core.convert._detailed.read_in_detail", None)

    made = structure(list[Node], [data])[0]

    assert made.soc == 55.0
    assert made.nodes[0].extras == {"novel": 1}
    assert made == structure(Node, data)


def test_cattrs_is_loaded_with_the_first_answer_that_does_not_fit() -> None:
    """What is as documented does not wait for it."""
    code = (
        "import sys; from openpower_core.convert import structure; from openpower_core.records import *\n"
        "@record\n"
        "class Some(Record):\n"
        "    ppv: float | None = None\n"
        "structure(Some, {'ppv': 5}); structure(list[Some], [{'ppv': 5, 'new': 1}]); early = 'cattrs' in sys.modules\n"
        "try: structure(Some, {'ppv': 'x'})\n"
        "except Exception: sys.exit(early or 'cattrs' not in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False)

    assert done.returncode == 0
