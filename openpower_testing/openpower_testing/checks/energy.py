"""Energy and sizes: counters agree with the power that flowed, capacities are in kWh, and no figure is refused."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final

from attrs import frozen

from openpower_core.capabilities import Feature
from openpower_core.readings import EnergyCounter
from openpower_testing.checks._base import check
from openpower_testing.harness import Harness

_SAMPLES: Final = 16
_SLACK_KWH: Final = 0.3
"""What vendors round away, and what flows in the minutes that their counters lag behind."""
_SLACK: Final = 0.12
"""Losses of the battery and the inverter, which vendors count on one side or the other."""


@check("readings")
async def nothing_is_refused(harness: Harness) -> None:
    """Throughout a simulated day openpower refuses no figure as implausible: it would be missing from the reading."""
    harness.need_clock()
    for _ in range(_SAMPLES):
        for device in await harness.having(Feature.READ):
            for issue in (await harness.call(device, "read")).issues:
                harness.fail(
                    f"{issue.field} of the {device.info.role} is refused: {issue.reason}.",
                    "Check the sign, the unit, and which of the vendor's fields it comes from.",
                )
        harness.later(minutes=90)


_FLOWS: Final = {
    "pv_energy": "pv_kwh",
    "load_energy": "load_kwh",
    "import_energy": "imported_kwh",
    "export_energy": "exported_kwh",
    "charge_energy": "charged_kwh",
    "discharge_energy": "discharged_kwh",
    "energy": "ev_kwh",
}
"""The counters of readings, and what flows in the simulated house."""


@check("readings")
async def counters_match_power(harness: Harness) -> None:
    """Energy counters agree with the integral of the power that flows in the house, over a day and since midnight."""
    house = harness.need_house()
    before = await _counters(harness)
    if not before:
        harness.skip("no reading has an energy counter")
    began = harness.clock.now()
    harness.later(seconds=(_evening(began, house.plant.zone) - began).total_seconds())
    # The battery has fed the house since midnight, and PV the grid; now the grid feeds the house, so that each counts.
    house.change(harness.clock.now(), reserve_soc_pct=100.0)
    harness.later(hours=4)
    now, most = harness.clock.now(), dict[str, float]()
    for (role, name), (reading, counter) in (await _counters(harness)).items():
        ended = reading.stamp.measured_at or now
        midnight = datetime.combine(now.astimezone(house.plant.zone), time(), house.plant.zone)
        counted = [(f"{name}.today_kwh", counter.today_kwh, _flowed(house, reading, name, midnight, ended, now))]
        earlier, counted_then = before.get((role, name), (reading, EnergyCounter()))
        if counter.total_kwh is not None and counted_then.total_kwh is not None:
            true = _flowed(house, reading, name, earlier.stamp.measured_at or began, ended, now)
            counted.append((f"{name}.total_kwh", counter.total_kwh - counted_then.total_kwh, true))
        for what, kwh, true in counted:
            if kwh is not None:
                _compare(harness, role, what, kwh, true)
                most[name] = max(true, most.get(name, 0.0))
    if idle := [name for name, true in most.items() if true < 2 * _SLACK_KWH]:
        harness.unproven(f"Nothing flowed that {', '.join(idle)} could count.")


def _evening(began: datetime, zone: Any) -> datetime:
    """The evening of the first whole day."""
    local = began.astimezone(zone) + timedelta(hours=12)
    evening = local.replace(hour=18, minute=30)
    return evening if evening > local else evening + timedelta(days=1)


async def _counters(harness: Harness) -> dict[tuple[str, str], tuple[Any, EnergyCounter]]:
    found: dict[tuple[str, str], tuple[Any, EnergyCounter]] = {}
    for device in await harness.having(Feature.READ):
        reading = await harness.call(device, "read", max_age=timedelta(0))
        for name in _FLOWS:
            counter = getattr(reading, name, None)
            if counter is not None:
                found[str(device.info.role), name] = reading, counter
    return found


def _flowed(house: Any, reading: Any, name: str, start: datetime, end: datetime, now: datetime) -> float:
    energies = house.energies(start, end, now=now)
    car = energies.ev_kwh if name == "load_energy" and reading.load_includes_ev else 0.0
    return float(getattr(energies, _FLOWS[name])) + car


def _compare(harness: Harness, role: str, what: str, kwh: float, true: float) -> None:
    if abs(kwh - true) <= _SLACK_KWH + _SLACK * true:
        return
    ratio = kwh / true if true > _SLACK_KWH else 0.0
    remedy = "Which of the vendor's counters is it, in which unit, and since when does it count?"
    if 800 < ratio < 1200:
        remedy = "That looks like Wh; counters are in kWh."
    harness.fail(f"{what} of the {role} counts {kwh:g} kWh, but {true:.2f} kWh flowed meanwhile.", remedy)


@frozen
class _Size:
    name: str
    plants: str
    unit: str
    wrong: str
    factor: float = 1.0


_SIZES: Final = (
    _Size("capacity_kwh", "battery_kwh", "kWh", "Wh"),
    _Size("usable_kwh", "battery_kwh", "kWh", "Wh"),
    _Size("max_charge_w", "battery_w", "W", "kW"),
    _Size("max_discharge_w", "battery_w", "W", "kW"),
    _Size("rated_w", "inverter_w", "W", "kW"),
    _Size("pv_rated_w", "pv_kw", "W", "kW", 1000.0),
)
_OTHERWISE: Final = 5.0
"""Nameplates differ from what a house makes of them, though not by this factor."""


@check("readings")
async def sizes_match_the_house(harness: Harness) -> None:
    """A battery's capacity is in kWh, and the powers on nameplates are in W: those of the simulated house, roughly."""
    plant = harness.need_house().plant
    seen = 0
    for device in await harness.devices():
        for size in _SIZES:
            value, true = getattr(device.info, size.name, None), getattr(plant, size.plants) * size.factor
            if value is None or not true:
                continue
            seen += 1
            if not true / _OTHERWISE < value < true * _OTHERWISE:
                harness.fail(
                    f"{size.name} of the {device.info.role} is {value:g}, and that of the house {true:g}.",
                    f"Was {size.wrong} taken for {size.unit}?",
                )
    if not seen:
        harness.skip("the vendor reports no size")
