"""A name that is not there: an error of openpower with the nearest name, and an ``AttributeError`` for whatever looks for one."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import create_autospec

import pytest

import openpower


@pytest.fixture(scope="module")
def home() -> Iterator[Any]:
    with openpower.connect("demo", seed=3) as connection:
        yield connection


MISTAKES = [
    ("batery", "battery", lambda home: home),
    ("chargee", "charge", lambda home: home.battery()),
    ("soc", "read()", lambda home: home.battery()),
    ("current_price", "read()", lambda home: home.battery()),
    ("curent_price", "current_price", lambda home: home.retailer()),
    ("soc", "soc_pct", lambda home: home.battery().read()),
    ("power", "power_w", lambda home: home.meter().read()),
    ("capacity", "capacity_kwh", lambda home: home.battery().info),
    ("per_kw", "per_kwh", lambda home: home.retailer().current_price()),
    ("status", "state", lambda home: home.battery().hold(dry_run=True)),
    ("snapshoot", "snapshot", openpower.Site),
    ("get_programme", "get_program", lambda home: home.native),
]


@pytest.mark.parametrize(("name", "nearest", "thing"), MISTAKES, ids=[f"{each[0]}" for each in MISTAKES])
def test_the_nearest_name_is_named(home: Any, name: str, nearest: str, thing: Any) -> None:
    """By one error for all; hasattr and defaults work as usual."""
    value = thing(home)
    with pytest.raises(openpower.UnknownAttribute, match=f"has no attribute '{name}'") as raised:
        getattr(value, name)

    assert isinstance(raised.value, openpower.RequestError)
    assert isinstance(raised.value, AttributeError)
    assert nearest in (raised.value.hint or "")
    assert not hasattr(value, name)
    assert getattr(value, name, 5) == 5
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_python_itself_notices_nothing(home: Any) -> None:
    """Readings are copied and pickled, mocks are made, and private names are no request."""
    reading = home.battery().read()
    assert copy.deepcopy(reading) == copy.copy(reading) == pickle.loads(pickle.dumps(reading)) == reading
    assert create_autospec(reading, instance=True).soc_pct is not None
    for thing in (reading, home, home.battery()):
        with pytest.raises(AttributeError) as raised:
            _ = thing._repr_html_
        assert not isinstance(raised.value, openpower.OpenPowerError)


def test_what_a_property_misses_itself_is_told_as_it_is() -> None:
    """An error inside a property is not taken for a property that is not there."""

    class Odd(openpower.BatteryReading):
        @property
        def broken(self) -> Any:
            return object().nothing  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]

    stamp = openpower.Stamp(received_at=datetime.now(UTC))
    with pytest.raises(AttributeError, match="nothing") as raised:
        _ = Odd(stamp=stamp).broken
    assert not isinstance(raised.value, openpower.OpenPowerError)
