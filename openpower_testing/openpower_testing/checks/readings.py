"""Readings: stamped in UTC, plausible, with the vendor's record behind them, and never a zero for the unknown."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from openpower_core.capabilities import Feature
from openpower_core.errors import OpenPowerError
from openpower_core.readings import EnergyCounter
from openpower_testing.checks import _rewriting
from openpower_testing.checks._looking import figures, kind_of, look
from openpower_testing.checks._registry import check

if TYPE_CHECKING:
    from openpower_testing.harness import Harness

__all__ = [
    "agree_with_the_house",
    "are_plausible",
    "counters_only_grow",
    "hold_the_raw_record",
    "honour_max_age",
    "stamped_in_utc",
    "unknown_is_none",
]

_RANGES: Final[dict[str, tuple[float, float]]] = {
    "pv_w": (0, 1e6),
    "load_w": (0, 1e6),
    "power_w": (-1e6, 1e6),
    "ac_w": (-1e6, 1e6),
    "soc_pct": (0, 100),
    "soh_pct": (0, 100),
    "frequency_hz": (45, 66),
    "temperature_c": (-50, 130),
    "current_a": (0, 1000),
}
_SAMPLES: Final = 16
"""How often a simulated day is looked at."""
_OFF_BY: Final = timedelta(minutes=20)


@check(live=True)
async def stamped_in_utc(harness: Harness) -> None:
    """Every reading says when it was received, aware and in UTC, and that is now."""
    for device in await harness.having(Feature.READ):
        reading = await harness.call(device, "read", max_age=timedelta(0))
        received, now = reading.stamp.received_at, harness.clock.now()
        if received.utcoffset() != timedelta(0):
            harness.fail(f"received_at of the {device.info.role} is {received!r}, not in UTC.")
        if abs(received - now) > _OFF_BY:
            harness.fail(
                f"received_at of the {device.info.role} is {received}, and it is {now}.",
                "Take it from the context's clock, or from the SharedFetch.",
            )
        harness.prove(device, Feature.READ)


@check(live=True)
async def are_plausible(harness: Harness) -> None:
    """Figures are in W, kWh, °C, Hz and per cent from 0 to 100."""
    charges: list[float] = []
    for _ in range(_SAMPLES if harness.is_timed else 1):
        for device in await harness.having(Feature.READ):
            reading = await harness.call(device, "read")
            for name, (low, high) in _RANGES.items():
                value = getattr(reading, name, None)
                if value is not None and not low <= value <= high:
                    harness.fail(
                        f"{name} of the {device.info.role} is {value}; it lies from {low} to {high}.",
                        "Mind the unit and the sign.",
                    )
            charges += [reading.soc_pct] if getattr(reading, "soc_pct", None) is not None else []
        if harness.is_timed:
            harness.later(minutes=90)
    if len(charges) > 1 and 0 < max(charges) <= 1:
        harness.fail(
            f"soc_pct was at most {max(charges)} for a whole day: that is a fraction, not per cent.", "Multiply by 100."
        )


@check()
async def agree_with_the_house(harness: Harness) -> None:
    """What is read is what the simulated house does: the same state of charge and powers, in size and sign."""
    house = harness.need_house()
    within = harness.enrolled.battery_tolerance_w
    for _ in range(_SAMPLES):
        for device in await harness.having(Feature.READ):
            reading = await harness.call(device, "read", max_age=timedelta(0))
            for name, true in _truths(house, harness, str(device.info.role)).items():
                told = getattr(reading, name)
                limit = 3.0 if name == "soc_pct" else within + 0.1 * abs(true)
                if told is not None and abs(told - true) > limit:
                    harness.fail(
                        f"{name} of the {device.info.role} is {told:g}, and the house's is {true:g}.",
                        _guess(told, true),
                    )
        harness.later(minutes=90)


def _truths(house: Any, harness: Harness, role: str) -> dict[str, float]:
    now = house.at(harness.clock.now())
    return {
        "battery": {"power_w": now.battery_w, "soc_pct": now.soc_pct},
        "meter": {"power_w": now.grid_w},
        "inverter": {"pv_w": now.pv_w},
        "ev_charger": {"power_w": now.ev_w},
    }.get(role, {})


def _guess(told: float, true: float) -> str:
    if true and abs(told + true) <= 0.1 * abs(true) + 50:
        return "The sign is the wrong way round: positive flows into the house."
    if true and 900 < abs(true / told if told else 0) < 1100:
        return "That looks like kW; figures are in W."
    if true and 90 < abs(true / told if told else 0) < 110:
        return "That looks like a fraction; per cent runs from 0 to 100."
    return "Which field of the vendor's does it come from?"


@check(live=True)
async def hold_the_raw_record(harness: Harness) -> None:
    """Every reading holds the vendor's own record, which its repr does not show."""
    for device in await harness.having(Feature.READ):
        reading = await harness.call(device, "read")
        if reading.raw is None:
            harness.fail(f"The {device.info.role}'s reading has no raw record.", "Give raw=….")
        if "raw=" in repr(reading):
            harness.fail("The raw record shows in repr.", "It holds what must not be logged.")


@check()
async def unknown_is_none(harness: Harness) -> None:
    """A figure that the vendor leaves null is None (or an error), and never a zero."""
    relay = harness.relay
    keys: dict[str, None] = {}
    relay.rewrite = lambda answer: _rewriting.collect(answer, keys)
    usual = {each: figures(value) for each, value in (await look(harness)).items()}
    for key in list(keys):
        relay.rewrite = partial(_rewriting.replaced, wanted=key, by=None)
        try:
            seen = await look(harness, harness.connect(), fresh=True)
        except OpenPowerError:
            continue
        for device, value in seen.items():
            for name, figure in figures(value).items():
                if not _is_zero(usual[device].get(name)) and _is_zero(figure):
                    harness.fail(
                        f"The vendor's {key!r} is null, and {name} of {device} becomes 0 "
                        f"(it was {usual[device].get(name)}).",
                        "None means not known, and 0 means zero: never put one for the other.",
                    )


def _is_zero(value: Any) -> bool:
    return value is not None and not isinstance(value, bool | str | datetime) and value == 0


@check()
async def counters_only_grow(harness: Harness) -> None:
    """Energy counters never fall within a day, and what they counted today is no more than ever."""
    harness.need_clock()
    last: dict[tuple[str, str], EnergyCounter] = {}
    for _ in range(_SAMPLES):
        for device in await harness.having(Feature.READ):
            reading = await harness.call(device, "read", max_age=timedelta(0))
            for field in attrs.fields(kind_of(reading)):
                counter = getattr(reading, field.name)
                if isinstance(counter, EnergyCounter):
                    _compare(harness, last.get((device.info.id, field.name)), counter, field.name)
                    last[device.info.id, field.name] = counter
        harness.later(minutes=60)
    if not last:
        harness.skip("no reading has an energy counter")


def _compare(harness: Harness, before: EnergyCounter | None, now: EnergyCounter, name: str) -> None:
    slack = 0.011  # vendors round to ten watt-hours
    if now.total_kwh is not None and now.today_kwh is not None and now.today_kwh > now.total_kwh + slack:
        harness.fail(f"{name}: {now.today_kwh} kWh today are more than {now.total_kwh} kWh in all.")
    if before is None:
        return
    if None not in (before.total_kwh, now.total_kwh) and now.total_kwh < before.total_kwh - slack:  # type: ignore[operator]
        harness.fail(
            f"{name}.total_kwh fell from {before.total_kwh} to {now.total_kwh}.",
            "A counter has one direction; power has a sign, energy has none.",
        )
    same_day = before.today is not None and before.today == now.today
    if (
        same_day and None not in (before.today_kwh, now.today_kwh) and now.today_kwh < before.today_kwh - slack  # type: ignore[operator]
    ):
        harness.fail(f"{name}.today_kwh fell from {before.today_kwh} to {now.today_kwh} within {now.today}.")


@check()
async def honour_max_age(harness: Harness) -> None:
    """A zero max_age asks the vendor anew, and a long one is content with what is there."""
    harness.sent()
    for device in await harness.having(Feature.READ):
        await harness.call(device, "read")
        before = harness.sent()
        await harness.call(device, "read", max_age=timedelta(0))
        if harness.sent() == before:
            harness.fail(
                f"The {device.info.role} was read with max_age=0, and nothing was asked of the vendor.",
                "Hand max_age on to SharedFetch.get().",
            )
        before = harness.sent()
        await harness.call(device, "read", max_age=timedelta(hours=1))
        if harness.sent() != before and harness.enrolled.transport == "http":
            harness.fail(
                f"The {device.info.role} was read a moment ago, and max_age=1 h asks the vendor again.",
                "Keep the last answer in a SharedFetch.",
            )
