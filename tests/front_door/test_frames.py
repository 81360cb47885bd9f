"""A table of history has the same columns and types whatever was found: files of many months can be read together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import openpower
from openpower import BatteryReading, EVChargerReading, InverterReading, MeterReading, Quality, Reading, Stamp
from openpower_core.readings import EnergyCounter

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
STAMP = Stamp(received_at=NOON + timedelta(seconds=2), measured_at=NOON, quality=Quality.AVERAGE, source="test")
COUNTER = EnergyCounter(total_kwh=10.5, today_kwh=1.25, today=NOON.date())
FULL: list[Reading] = [
    InverterReading(stamp=STAMP, pv_w=1000, pv_strings_w=(600, None), load_includes_ev=True, pv_energy=COUNTER),
    BatteryReading(stamp=STAMP, power_w=-500, soc_pct=55),
    MeterReading(stamp=STAMP, power_w=0, import_energy=COUNTER),
    EVChargerReading(stamp=STAMP, power_w=None),
]
UNKNOWN: list[Reading] = [BatteryReading(stamp=STAMP)]


@pytest.mark.parametrize("readings", [UNKNOWN, [], FULL[1:2]])
def test_the_schema_is_the_same(readings: list[Reading]) -> None:
    """With every figure unknown, of one role, or with nothing at all."""
    pytest.importorskip("pyarrow")
    schema = openpower.to_arrow(FULL).schema

    assert openpower.to_arrow(readings).schema == schema
    types = {field.name: str(field.type) for field in schema}
    assert types["time"] == "timestamp[us, tz=UTC]"
    assert types["soc_pct"] == types["pv_energy_total_kwh"] == "double"
    assert types["pv_strings_w"] == "list<item: double>"
    assert types["pv_energy_today"] == "date32[day]"
    assert not {"null"} & set(types.values())


def test_the_figures_are_those_of_the_readings() -> None:
    """None stays None, and 0 stays 0; the time is that of the measurement."""
    pytest.importorskip("pyarrow")
    rows: list[dict[str, Any]] = openpower.to_arrow(FULL).to_pylist()

    assert [row["role"] for row in rows] == ["inverter", "battery", "meter", "ev_charger"]
    assert {row["time"] for row in rows} == {NOON}
    assert (rows[0]["pv_w"], rows[0]["pv_strings_w"], rows[0]["load_includes_ev"]) == (1000.0, [600.0, None], True)
    assert rows[0]["pv_energy_today_kwh"] == 1.25
    assert (rows[1]["power_w"], rows[2]["power_w"], rows[3]["power_w"]) == (-500.0, 0.0, None)
    assert rows[1]["pv_w"] is None


def test_usage_of_nothing_keeps_its_columns() -> None:
    """What ``usage()`` returns is usage, also when it is empty."""
    pytest.importorskip("pyarrow")
    assert "kwh" in openpower.to_arrow(openpower.Usages([])).column_names
