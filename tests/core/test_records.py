"""Records: Python names and vendor keys, frozen, equal by value, discreet; and enums with a door."""

from __future__ import annotations

import copy
import pickle
from enum import StrEnum
from typing import Any

import attrs
import pytest

from openpower_core.records import NO_EXTRAS, Record, VendorEnum, VendorIntEnum, data_fields, key, record


class Word(VendorEnum):
    LOW = "low"
    HIGH = "high"


class Number(VendorIntEnum):
    ONE = 1


@record
class Detail(Record):
    l1_w: float | None = key("pmeterL1", default=None)


@record
class Power(Record):
    grid_w: float | None = key("pgrid", default=None)
    serial: str | None = key("sysSn", default=None, serial=True)
    token: str | None = key(default=None, secret=True)
    word: Word | None = None
    detail: Detail | None = key("ppvDetail", default=None)


POWER = Power(
    grid_w=11.0, serial="AL70110230300001", token="hunter2", word=Word.LOW, detail=Detail(l1_w=1.0), extras={"novel": 1}
)


def test_vendor_keys_and_python_names_give_the_same_values() -> None:
    """The vendor's key as a subscript reads what the Python name reads; unknown keys read extras."""
    assert POWER["pgrid"] == POWER.grid_w == 11.0
    assert POWER["ppvDetail"]["pmeterL1"] == 1.0
    assert POWER["novel"] == POWER.extras["novel"] == 1


def test_an_unknown_key_names_its_near_misses() -> None:
    """A wrong key is a KeyError that suggests what was probably meant."""
    with pytest.raises(KeyError, match="did you mean pgrid"):
        POWER["pGrid"]


def test_a_record_reads_like_a_mapping() -> None:
    """``in``, ``get``, ``keys`` and ``dict`` take the vendor's keys."""
    assert "pgrid" in POWER
    assert "grid_w" not in POWER
    assert POWER.get("nothing", 5) == 5
    assert POWER.get("novel") == 1
    assert POWER.keys() == ("pgrid", "sysSn", "token", "word", "ppvDetail", "novel")
    assert dict(POWER)["sysSn"] == "AL70110230300001"


def test_records_are_frozen_slotted_attrs_classes() -> None:
    """They cannot be changed, have no dict, and attrs knows their fields."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        POWER.grid_w = 1.0  # type: ignore[misc]

    assert not hasattr(POWER, "__dict__")
    assert [field.name for field in data_fields(Power)][:2] == ["grid_w", "serial"]
    assert attrs.evolve(POWER, grid_w=2.0).extras == {"novel": 1}
    assert POWER.evolve(grid_w=2.0) == attrs.evolve(POWER, grid_w=2.0)


def test_copies_and_pickles_are_equal_and_hash_alike() -> None:
    """Equality is by value, extras included, and survives copying and pickling."""
    twins = copy.deepcopy(POWER), pickle.loads(pickle.dumps(POWER))

    for twin in twins:
        assert twin == POWER
        assert hash(twin) == hash(POWER)
    assert attrs.evolve(POWER, extras={}) != POWER


def test_extras_cost_nothing_when_empty_and_cannot_be_changed() -> None:
    """Records without unknown fields share one empty mapping."""
    assert Detail().extras is NO_EXTRAS
    with pytest.raises(TypeError):
        POWER.extras["novel"] = 2  # type: ignore[index]


def test_the_repr_is_short_and_discreet() -> None:
    """Serial numbers are shortened, secrets left out, unknown fields counted."""
    shown = repr(POWER)

    assert "hunter2" not in shown
    assert "AL70110230300001" not in shown
    assert "AL…0001" in shown
    assert "1 unknown" in shown


def test_a_record_is_empty_when_every_field_is_none() -> None:
    """Records within that are empty count as None; unknown fields do not count."""
    assert Power(detail=Detail(), extras={"novel": 1}).is_empty()
    assert not POWER.is_empty()


def test_to_vendor_gives_plain_data_under_the_vendors_keys() -> None:
    """Nested records and words become plain JSON data."""
    assert POWER.to_vendor() == {
        "pgrid": 11.0,
        "sysSn": "AL70110230300001",
        "token": "hunter2",
        "word": "low",
        "ppvDetail": {"pmeterL1": 1.0},
        "novel": 1,
    }
    assert Power(grid_w=1.0).to_vendor(drop_none=True) == {"pgrid": 1.0}


def test_a_name_that_would_hide_a_method_is_refused() -> None:
    """A field called ``keys`` would break every record of the class."""
    with pytest.raises(TypeError, match=r"hide Record\.keys"):

        @record
        class Wrong(Record):
            keys: str | None = None  # type: ignore[assignment]


def test_two_fields_cannot_share_a_vendor_key() -> None:
    """One of them could never be read."""
    with pytest.raises(TypeError, match="same vendor key"):

        @record
        class Wrong(Record):
            one: str | None = key("same", default=None)
            two: str | None = key("same", default=None)


@pytest.mark.parametrize(("kind", "known", "unknown"), [(Word, "low", "odd"), (Number, 1, 7)])
def test_unknown_words_behave_like_members(kind: Any, known: Any, unknown: Any) -> None:
    """They keep the value, compare, hash, copy and pickle, and say that they are unknown."""
    word = kind(unknown)

    assert isinstance(word, kind)
    assert (word.known, kind(known).known) == (False, True)
    assert word == unknown
    assert hash(word) == hash(unknown)
    assert word == kind(unknown)
    assert pickle.loads(pickle.dumps(word)) == copy.deepcopy(word) == word
    assert pickle.loads(pickle.dumps(kind(known))) is kind(known)
    assert "unknown" in repr(word)


def test_unknown_words_are_not_listed() -> None:
    """Iterating an enum gives what the class lists, whatever has been seen."""
    Word("odd")

    assert list(Word) == [Word.LOW, Word.HIGH]
    assert issubclass(Word, StrEnum)
