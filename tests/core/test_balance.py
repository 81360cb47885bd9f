"""The power balance of a home adds up as the sign rules of the vocabulary say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openpower_core.balance import balance
from openpower_core.readings import BatteryReading, EVChargerReading, InverterReading, MeterReading, Stamp

STAMP = Stamp(received_at=datetime(2026, 8, 4, 20, 9, tzinfo=UTC))


def inverter(**figures: object) -> InverterReading:
    return InverterReading(stamp=STAMP, **figures)  # type: ignore[arg-type]


def test_an_evening_on_battery_closes() -> None:
    """A battery that gives 1264 W beside 11 W of import serves a load of 1275 W (a published capture)."""
    flows = balance(
        [
            inverter(pv_w=0.0, load_w=1275.0),
            BatteryReading(stamp=STAMP, power_w=1264.0),
            MeterReading(stamp=STAMP, power_w=11.0),
        ]
    )

    assert flows.residual_w == 0
    assert flows.ev_w is None


def test_a_load_that_includes_the_car_is_recognised() -> None:
    """The car's power is taken out of a load that already counts it, and not counted twice."""
    flows = balance(
        [
            inverter(pv_w=5000.0, load_w=8000.0, load_includes_ev=True),
            MeterReading(stamp=STAMP, power_w=3000.0),
            EVChargerReading(stamp=STAMP, power_w=7000.0),
        ]
    )

    assert flows.load_w == 1000
    assert flows.residual_w == 0


def test_a_flipped_grid_sign_shows_as_residual() -> None:
    """Exporting 3000 W reported as import leaves twice that over."""
    flows = balance([inverter(pv_w=4000.0, load_w=1000.0), MeterReading(stamp=STAMP, power_w=3000.0)])

    assert flows.residual_w == 6000


def test_unknown_is_not_zero() -> None:
    """A device that is there without a figure leaves the residual unknown; an absent one counts as nothing."""
    parts = [inverter(pv_w=4000.0, load_w=1000.0), MeterReading(stamp=STAMP, power_w=-3000.0)]

    assert balance(parts).residual_w == 0
    assert balance([*parts, BatteryReading(stamp=STAMP)]).residual_w is None
    assert balance([*parts, BatteryReading(stamp=STAMP)]).battery_w is None


@pytest.mark.parametrize(("power_w", "parts"), [(900.0, ("900.0", "0.0")), (-900.0, ("0.0", "900.0"))])
def test_a_sign_is_not_part_of_the_unsigned_figures(power_w: float, parts: tuple[str, str]) -> None:
    """What flows one way does not flow the other."""
    battery = BatteryReading(stamp=STAMP, power_w=power_w)
    meter = MeterReading(stamp=STAMP, power_w=power_w)

    assert (str(battery.discharging_w), str(battery.charging_w)) == parts
    assert (str(meter.importing_w), str(meter.exporting_w)) == parts


@pytest.mark.parametrize("power_w", [0.0, -0.0])
def test_nothing_that_flows_is_no_negative_zero(power_w: float) -> None:
    """An idle battery prints as "0.0 W in"."""
    battery = BatteryReading(stamp=STAMP, power_w=power_w)

    assert (str(battery.discharging_w), str(battery.charging_w)) == ("0.0", "0.0")
