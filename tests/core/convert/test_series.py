"""Long series: the fast converter gives what the detailed one gives, and names the same places."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, Literal

import pytest
from hypothesis import given, settings, strategies as st

from openpower_core.convert import decode_series, structure
from openpower_core.convert._detailed import detailed_converter
from openpower_core.convert._fast import reader
from openpower_core.errors import BadResponse
from openpower_core.records import Record, VendorEnum, key, record


class Word(VendorEnum):
    LOW = "low"
    HIGH = "high"


@record
class Tariff(Record):
    period: Word | None = None
    block: int | None = None


@record
class Row(Record):
    type: str | None = None
    at: datetime | None = key("nemTime", default=None)
    day: date | None = None
    per_kwh: float | None = key("perKwh", default=None)
    word: Word | None = None
    tariff: Tariff | None = key("tariffInformation", default=None)
    parts: tuple[Tariff, ...] = ()
    count: int = key("n", default=3)


@record
class Actual(Row):
    type: Literal["Actual"] = "Actual"


@record
class Forecast(Row):
    type: Literal["Forecast"] = "Forecast"
    estimate: bool | None = None


ANY = Actual | Forecast | Row

_words = st.sampled_from(["low", "high", "odd", ""]) | st.none()
_tariffs = st.fixed_dictionaries({}, optional={"period": _words, "block": st.integers(-9, 9), "novel": st.integers()})
_numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6)
_rows = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["Actual", "Forecast", "Novel"]),
        "nemTime": st.sampled_from(["2026-08-01T10:00:00+10:00", "2026-08-01T00:00:01Z", "2026-08-01T00:00:01.250Z"]),
        "day": st.dates().map(date.isoformat),
        "perKwh": _numbers | st.none(),
        "word": _words,
        "tariffInformation": _tariffs | st.none(),
        "parts": st.lists(_tariffs, max_size=2) | st.none(),
        "n": st.integers(-5, 5) | st.none(),
        "estimate": st.booleans(),
        "extras": st.integers(),
    },
)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(_rows, max_size=5), kind=st.sampled_from([ANY, Row]))
def test_both_ways_give_equal_records(rows: Any, kind: Any) -> None:
    """Whatever an answer holds, unknown kinds, words and fields included."""
    content = json.dumps({"data": rows}).encode()

    made = decode_series(content, kind, path="data")

    detailed = detailed_converter().structure(rows, list[kind])
    assert made == detailed
    assert [type(item) for item in made] == [type(item) for item in detailed]
    assert repr(made) == repr(detailed)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(_rows, max_size=3),
    bad=st.fixed_dictionaries(
        {},
        optional={
            "nemTime": st.sampled_from(["2026-08-01T10:00:00", "soon", 5, True]),
            "day": st.sampled_from(["2026-02-30", "2026-8-1", 5]),
            "perKwh": st.sampled_from(["5", True, [], {}]),
            "word": st.sampled_from([5, True, []]),
            "n": st.sampled_from([1.5, "1", True]),
            "parts": st.sampled_from([{}, "x", [1]]),
        },
    ),
)
def test_both_ways_refuse_the_same(rows: Any, bad: Any) -> None:
    """What the detailed converter refuses, the fast one refuses; from bytes with the same words."""
    data = [*rows, bad]
    content = json.dumps(data).encode()

    assert _outcome(lambda: decode_series(content, Row)) == _outcome(lambda: structure(list[Row], data))
    assert _fits(data, detailed=False) == _fits(data, detailed=True)


def _outcome(read: Any) -> Any:
    """The records, or the words of the refusal."""
    try:
        return read()
    except BadResponse as error:
        return str(error)


def _fits(data: Any, *, detailed: bool) -> bool:
    try:
        detailed_converter().structure(data, list[Row]) if detailed else reader(list[Row])(data)
    except Exception:  # noqa: BLE001 - cattrs raises of many kinds
        return False
    return True


def test_one_bad_record_among_thousands_is_named() -> None:
    """The message leads to the very item and field."""
    rows: list[dict[str, object]] = [{"type": "Actual", "perKwh": 1.5}] * 2000
    rows[1234] = {"type": "Actual", "perKwh": "abc"}

    with pytest.raises(BadResponse, match=r"\$\[1234\]\.perKwh: expected a number, got 'abc'"):
        decode_series(json.dumps(rows).encode(), ANY)


@pytest.mark.parametrize("content", [b"", b"<html>", b'[{"perKwh": 1}', b'{"data": null}', b"[1e999]", b"5", b"[NaN]"])
def test_what_is_no_list_of_records_is_a_bad_response(content: Any) -> None:
    """Empty, HTML, cut short, of another shape, or with numbers that are none."""
    with pytest.raises(BadResponse):
        decode_series(content, Row)


@record
class Spelt(Record):
    soc: float | None = key("cbat", default=None, also=("cobat",))


def test_what_nobody_declared_does_not_slow_a_series_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown fields, in all items or in some, and other spellings need no detailed converter."""
    monkeypatch.setattr("openpower_core.convert._detailed.read_in_detail", None)
    rows = [{"cobat": 5, "novel": index} if index else {"cbat": 7.5} for index in range(3)]

    made = decode_series(json.dumps(rows).encode(), Spelt)
    among = decode_series(json.dumps([{"type": "Actual", "new": 1}]).encode(), ANY)

    assert [row.soc for row in made] == [7.5, 5.0, 5.0]
    assert [dict(row.extras) for row in made] == [{}, {"novel": 1}, {"novel": 2}]
    assert (type(among[0]), among[0].extras) == (Actual, {"new": 1})
