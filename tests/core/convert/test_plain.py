"""The vocabulary as plain JSON data, and back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from openpower_core.capabilities import Capabilities, Capability, Feature, ScheduleLimits, Support, WriteLimits
from openpower_core.control import BatteryCommand, BatteryMode, BatterySettings, Schedule, Window
from openpower_core.convert import structure, to_dict
from openpower_core.convert._detailed import detailed_converter
from openpower_core.convert._fast import reader
from openpower_core.devices.info import BatteryInfo, Role
from openpower_core.errors import BadResponse
from openpower_core.prices import Price
from openpower_core.readings import BatteryReading, EnergyCounter, InverterReading, Stamp
from openpower_core.secrets import Secret
from openpower_core.writes import Adjustment, NativeCall, Receipt, WriteState

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)
STAMP = Stamp(received_at=NOON, source="getLastPowerData")


@pytest.mark.parametrize(
    "thing",
    [
        BatteryCommand(mode=BatteryMode.HOLD, until=NOON),
        BatteryInfo(id="x/battery", provider="p", serial="x", role=Role.BATTERY, capacity_kwh=3),
        BatteryReading(stamp=STAMP, power_w=1.5, soc_pct=50),
        BatterySettings(reserve_soc_pct=10, grid_charge_allowed=True),
        Capabilities(
            features={Feature.READ: Capability(support=Support.FULL, alternatives=("x",))},
            schedule=ScheduleLimits(step=timedelta(minutes=15)),
            writes=WriteLimits(per_day=8),
        ),
        InverterReading(
            stamp=STAMP, pv_strings_w=(1.0, None), pv_energy=EnergyCounter(today_kwh=1, today=date(2026, 8, 1))
        ),
        Price(start=NOON, end=NOON + timedelta(minutes=5), per_kwh=Decimal("0.1230"), currency="AUD"),
        Receipt(
            id="r1",
            state=WriteState.ACCEPTED,
            device_id="x/battery",
            operation="command",
            at=NOON,
            adjustments=(Adjustment(field="until", asked="12:07", got="12:15", reason="grid"),),
            calls=(NativeCall(method="set", arguments={"a": [1]}),),
        ),
        Schedule(
            windows=(Window(start=time(1), end=time(2), mode=BatteryMode.CHARGE, days={1, 7}),), tz="Australia/Sydney"
        ),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_there_and_back_through_json(thing: Any) -> None:
    """What is written as JSON is read as an equal object, by either converter."""
    plain = json.loads(json.dumps(to_dict(thing)))

    assert structure(type(thing), plain) == reader(type(thing))(plain) == thing
    assert detailed_converter().structure(plain, type(thing)) == thing


def test_forms_on_paper() -> None:
    """Datetimes are UTC with a Z, decimals text with every digit, sets sorted, and raw is left out."""
    price = Price(start=NOON, end=NOON + timedelta(hours=1), per_kwh=Decimal("0.1230"), currency="AUD", raw=1)
    data = to_dict(price)

    assert data["start"] == "2026-08-01T12:00:00Z"
    assert data["per_kwh"] == "0.1230"
    assert "raw" not in data
    assert to_dict(frozenset({3, 1, 2})) == [1, 2, 3]


def test_secrets_are_refused() -> None:
    """They have no plain form."""
    with pytest.raises(TypeError, match="Secret"):
        to_dict({"token": Secret("hunter2")})


def test_a_broken_state_file_names_the_place() -> None:
    """What the vocabulary itself refuses is reported with its path too."""
    with pytest.raises(BadResponse, match=r"\$\.windows\[0\]: a window from 01:00 to 01:00"):
        structure(Schedule, {"windows": [{"start": "01:00", "end": "01:00", "mode": "hold"}]})
