"""What people get wrong is said at once, in words, and sends nothing: fractions, text, zones, ends that are over."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import openpower
from openpower import BatteryMode, InvalidValue, Schedule, UnknownProvider, Window


@pytest.mark.parametrize("asked", [0.8, True, "80", float("nan"), 180])
def test_a_target_that_cannot_be_meant(asked: Any) -> None:
    """80 % is 80: a fraction, text or a flag is a mistake, not 0.8 %."""
    with (
        openpower.connect("demo") as home,
        pytest.raises(InvalidValue, match=r"percentages range from 0 to 100.*such as 80"),
    ):
        home.battery().charge(target_soc_pct=asked)


@pytest.mark.parametrize("name", ["reserve_soc_pct", "max_soc_pct"])
@pytest.mark.parametrize("asked", [0.2, None, "20"])
def test_a_setting_that_cannot_be_meant(name: str, asked: Any) -> None:
    """None is no value of a setting: what is to stay is left out."""
    with openpower.connect("demo") as home, pytest.raises(InvalidValue, match="leave it out"):
        home.battery().apply_settings(**{name: asked})


def test_schedules_take_no_fractions_either() -> None:
    """The same rule for what is written; a window by itself may be one that a vendor holds."""
    window = Window(start=time(0), end=time(6), mode=BatteryMode.CHARGE, target_soc_pct=0.8)

    with openpower.connect("demo") as home, pytest.raises(InvalidValue, match="fraction"):
        home.battery().set_schedule(Schedule(windows=[window]))


@pytest.mark.parametrize("until", ["06:00", datetime.now(UTC).date(), datetime(2026, 1, 1)])  # noqa: DTZ001
def test_an_end_that_is_no_instant(until: Any) -> None:
    """Text, a date, and a datetime without a zone."""
    with openpower.connect("demo") as home, pytest.raises(InvalidValue, match="not an instant"):
        home.battery().charge(until=until)


def test_a_closed_connection_writes_nothing() -> None:
    """Also on the simulated home, which has no network to miss."""
    with openpower.connect("demo") as home:
        battery = home.battery()

    with pytest.raises(openpower.RequestError, match="closed; nothing was sent"):
        battery.charge(until=datetime.now(UTC) + timedelta(hours=1))


def test_a_name_in_the_vendors_spelling() -> None:
    """AlphaESS writes itself so."""
    with pytest.raises(UnknownProvider, match="Did you mean 'alphaess'"):
        openpower.connect("AlphaESS")


def test_a_zone_as_an_object() -> None:
    """Programs that have a ZoneInfo need not take its name out."""
    with openpower.connect("demo", tz=ZoneInfo("Europe/Berlin")) as home:
        assert home.meter().info.tz == "Europe/Berlin"


def test_options_of_the_wrong_kind() -> None:
    """One of our errors, which names the option, what was given and what is allowed."""
    with pytest.raises(InvalidValue, match="seed is 'three'; it must be a whole number of at least 0"):
        openpower.connect("demo", seed="three")
