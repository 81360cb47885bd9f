"""``openpower history``: the screen and a file hold the same past, and energy is power over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal

from openpower import BatteryReading, DeviceInfo, MeterReading, Quality, Role, Stamp
from openpower.cli.history import _flows

START = datetime(2026, 7, 1, tzinfo=UTC)
METER = DeviceInfo(provider="demo", serial="DEMO0000000001", id="DEMO0000000001/meter", role=Role.METER)


def reading(minutes: int, watts: float | None, *, length: int | None = None) -> tuple[DeviceInfo, MeterReading]:
    at = START + timedelta(minutes=minutes)
    interval = None if length is None else (at, at + timedelta(minutes=length))
    stamp = Stamp(received_at=at, measured_at=at, quality=Quality.AVERAGE, interval=interval)
    return METER, MeterReading(stamp=stamp, power_w=watts)


def test_energy_is_power_over_time() -> None:
    """Half an hour of 1200 W in, then an hour of 600 W out; a vendor's own intervals count where it names them."""
    (flow,) = _flows([reading(0, 1200, length=30), reading(30, -600, length=60)])

    assert flow.data["import_kwh"] == pytest.approx(0.6)
    assert flow.data["export_kwh"] == pytest.approx(0.6)


def test_a_gap_is_not_bridged() -> None:
    """Five-minute values, an hour without any, two more: a value stands for five minutes, not for the hour."""
    (flow,) = _flows([reading(minutes, 1200) for minutes in (0, 5, 10, 70, 75)])

    assert flow.data["import_kwh"] == pytest.approx(1.2 * 25 / 60)


def test_what_is_unknown_counts_nothing() -> None:
    """None is no zero: the time is missing from what is known, and a figure that never comes has no flow."""
    (flow,) = _flows([reading(0, 1200), reading(5, None), reading(10, 1200)])

    assert sum((end - start for start, end, _ in flow.values), timedelta()) == timedelta(minutes=10)
    battery = DeviceInfo(provider="demo", serial="DEMO0000000001", id="DEMO0000000001/battery", role=Role.BATTERY)
    assert [
        each.kind.field for each in _flows([(battery, BatteryReading(stamp=Stamp(received_at=START), soc_pct=5))])
    ] == ["soc_pct"]


def test_two_devices_of_a_kind_are_told_apart() -> None:
    """Each has its own figures, with its masked id."""
    other = DeviceInfo(provider="demo", serial="DEMO0000000002", id="DEMO0000000002/meter", role=Role.METER)
    titles = [flow.title for flow in _flows([reading(0, 1), (other, reading(0, 2)[1])])]

    assert titles == ["Grid DE…0001/meter", "Grid DE…0002/meter"]


def test_the_summary_is_what_the_retailer_meters(cli: Any) -> None:
    """The same day: the grid's energy from power over time, and from the meter that is billed."""
    day = datetime.now(UTC).date() - timedelta(days=4)
    span = ("--from", f"{day}", "--to", f"{day + timedelta(days=1)}")
    flows = {(each["role"], each["figure"]): each for each in cli("history", "demo", *span, "--json").data["flows"]}
    metered = {each["channel"]: each["kwh"] for each in cli("usage", "demo", *span, "--json").data["days"]}
    rows = dict(line.split("\t")[:2] for line in cli("history", "demo", *span).out.splitlines()[1:])

    grid = flows["meter", "power_w"]
    assert grid["import_kwh"] == pytest.approx(metered["import"], abs=0.1)
    assert grid["export_kwh"] == pytest.approx(metered["export"], abs=0.1)
    assert rows["Grid import"] == f"{grid['import_kwh']:.1f} kWh"
    assert rows["Solar"] == f"{flows['inverter', 'pv_w']['kwh']:.1f} kWh"


def test_a_file_needs_no_screen(cli: Any, own_folders: Path) -> None:
    """With -o the readings are saved, and only that is said."""
    shown = cli("history", "demo", "-o", str(own_folders / "day.csv"), "--json")

    assert shown.data["file"].endswith("day.csv")
    assert "flows" not in shown.data
    assert len((own_folders / "day.csv").read_text().splitlines()) == shown.data["readings"] + 1


def test_no_readings_are_said(cli: Any) -> None:
    """Tomorrow has no past."""
    shown = cli("history", "demo", "--from", "tomorrow", "--to", f"{datetime.now(UTC).date() + timedelta(days=3)}")

    assert (shown.code, shown.out) == (9, "")
    assert "there are no readings in this range" in shown.err


@pytest.mark.parametrize("columns", [60, 80])
def test_the_screen_shows_every_flow_over_time(columns: int) -> None:
    """A panel for each, one time axis below, then the summary; no line is too wide, and NO_COLOR loses nothing."""
    shown = Terminal(columns=columns, NO_COLOR="1").run("history", "demo")
    lines = shown.splitlines()

    assert max(map(len, lines)) <= columns
    for title in ("Solar, kW", "House, kW", "Grid, kW (", "Battery, kW (", "State of charge, %", "Car, kW"):
        assert any(line.startswith(title) for line in lines), title
    assert sum("12:00" in line for line in lines) >= 1
    assert any(line.startswith("Battery discharge") for line in lines)
