"""Reading JSON: what fits becomes typed, what does not is named with its path."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal

import pytest

from openpower_core.convert import structure
from openpower_core.errors import BadResponse
from openpower_core.records import Record, VendorEnum, key, record


class Word(VendorEnum):
    LOW = "low"


@record
class Part(Record):
    soc: float | None = None


@record
class Whole(Record):
    name: str
    count: int | None = None
    flag: bool | None = None
    day: date | None = None
    at: datetime | None = None
    word: Word | None = None
    text_number: float | None = key("textNumber", default=None, lenient=True)
    old: float | None = key("new", default=None, also=("oldSpelling",))
    serial: str | None = key("sysSn", default=None, serial=True)
    parts: tuple[Part, ...] = ()


@record
class Unknown(Record):
    type: str | None = None


@record
class Cat(Unknown):
    type: Literal["cat"] = "cat"
    lives: int | None = None


@record
class Dog(Unknown):
    type: Literal["dog"] = "dog"


def test_values_become_what_is_declared() -> None:
    """Whole numbers are numbers, datetimes keep their offset, unknown words and fields survive."""
    made = structure(
        Whole,
        {
            "name": "x",
            "count": 5.0,
            "day": "2026-08-01",
            "at": "2026-08-01T10:00:00+10:00",
            "word": "odd",
            "textNumber": " 31.5 ",
            "oldSpelling": 4,
            "parts": [{"soc": 38}, {}],
            "novel": None,
        },
    )

    assert (made.count, made.day) == (5, date(2026, 8, 1))
    assert made.at == datetime(2026, 8, 1, tzinfo=UTC)
    assert made.word == "odd"
    assert made.word is not None
    assert not made.word.known
    assert (made.text_number, made.old) == (31.5, 4.0)
    assert made.parts == (Part(soc=38.0), Part())
    assert made.extras == {"novel": None}


def test_null_counts_as_missing() -> None:
    """A null is None or the default; where neither is declared it is an error with its path."""
    assert structure(Whole, {"name": "x", "count": None, "parts": None}) == Whole(name="x")
    with pytest.raises(BadResponse, match=r"\$\.data\.name: it is missing"):
        structure(Whole, {"name": None}, where="$.data")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("count", True, "expected a whole number, got True"),
        ("count", 1.5, "expected a whole number, got 1.5"),
        ("count", "5", "expected a whole number, got '5'"),
        ("flag", 1, "expected true or false, got 1"),
        ("day", "2026-8-1", "expected a date"),
        ("day", "2026-02-30", "expected a date"),
        ("at", "2026-08-01T10:00:00", "with its zone"),
        ("word", 3, "expected a word, got 3"),
        ("textNumber", "abc", "expected a number, got 'abc'"),
        ("new", float("nan"), "expected a finite number"),
        ("new", float("inf"), "expected a finite number"),
        ("new", 10**400, "expected a number that fits"),
        ("new", False, "expected a number, got False"),
        ("parts", {"soc": 1}, "expected a list"),
    ],
)
def test_what_does_not_fit_is_named(field: Any, value: Any, message: Any) -> None:
    """Nothing is guessed: the place, what was expected, and what came."""
    with pytest.raises(BadResponse, match=message) as caught:
        structure(Whole, {"name": "x", field: value})

    assert f"$.{field}" in str(caught.value)


def test_several_places_are_listed_and_bounded() -> None:
    """One error names them all, the first five in full."""
    with pytest.raises(BadResponse) as caught:
        structure(list[Part], [{"soc": str(index)} for index in range(8)], where="$.data")

    assert "$.data[0].soc: expected a number, got '0'; $.data[1].soc" in str(caught.value)
    assert "and 3 more" in str(caught.value)


def test_serial_numbers_stay_out_of_messages() -> None:
    """A field declared private is named, its value is not, nor does the error's cause hold it."""
    with pytest.raises(BadResponse) as caught:
        structure(Whole, {"name": "x", "sysSn": ["AL70110230300001"]})

    assert "AL7011" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_records_of_several_kinds_are_distinguished_by_their_type() -> None:
    """An unknown kind becomes the untagged class, with everything it brought."""
    made = structure(
        list[Cat | Dog | Unknown], [{"type": "cat", "lives": 9}, {"type": "dog"}, {"type": "owl", "wings": 2}, {}]
    )

    assert made[:2] == [Cat(lives=9), Dog()]
    assert made[2:] == [Unknown(type="owl", extras={"wings": 2}), Unknown()]


def test_an_unknown_type_is_an_error_where_no_class_takes_it() -> None:
    """It names the kinds that there are."""
    with pytest.raises(BadResponse, match="'type' to be one of 'cat', 'dog', got 'owl'"):
        structure(Cat | Dog, {"type": "owl"})
