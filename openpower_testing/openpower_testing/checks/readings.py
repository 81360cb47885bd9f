"""Readings: stamped in UTC, plausible, never a zero for the unknown, and with signs that close the balance."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import attrs

from openpower_core.balance import Balance, Verdict, balance, check_signs
from openpower_core.capabilities import Feature
from openpower_core.errors import OpenPowerError
from openpower_core.readings import EnergyCounter, Reading
from openpower_testing.checks._base import check, collect, figures, kind_of, look, replaced
from openpower_testing.harness import Harness

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
"""How often a simulated day is read."""
_OFF_BY: Final = timedelta(minutes=20)


@check("readings", live=True)
async def stamped_in_utc(harness: Harness) -> None:
    """Every reading says when it was received, aware and in UTC, and that is now."""
    for device in await harness.having(Feature.READ):
        reading = await harness.call(device, "read", max_age=timedelta(0))
        received, now = reading.stamp.received_at, harness.clock.now()
        if received.utcoffset() != timedelta(0):
            harness.fail(f"received_at of the {device.info.role} is {received!r}, not in UTC.")
        if abs(received - now) > _OFF_BY:
            harness.fail(
                f"received_at of the {device.info.role} is {received}, but the time is {now}.",
                "Take it from the context's clock, or from the SharedFetch.",
            )
        harness.prove(device, Feature.READ)


@check("readings", live=True)
async def are_plausible(harness: Harness) -> None:
    """Figures are in W, kWh, °C, Hz and percentages from 0 to 100."""
    charges: list[float] = []
    for _ in range(_SAMPLES if harness.is_timed else 1):
        for device in await harness.having(Feature.READ):
            reading = await harness.call(device, "read")
            for name, (low, high) in _RANGES.items():
                value = getattr(reading, name, None)
                if value is not None and not low <= value <= high:
                    harness.fail(
                        f"{name} of the {device.info.role} is {value}; it must be between {low} and {high}.",
                        "Check the unit and the sign.",
                    )
            charges += [reading.soc_pct] if getattr(reading, "soc_pct", None) is not None else []
        if harness.is_timed:
            harness.later(minutes=90)
    if len(charges) > 1 and 0 < max(charges) <= 1:
        harness.fail(
            f"soc_pct was at most {max(charges)} for a whole day: that is a fraction, not a percentage.",
            "Multiply by 100.",
        )


@check("readings")
async def agree_with_the_house(harness: Harness) -> None:
    """What is read is what the simulated house does: the same state of charge and powers, in size and sign."""
    house = harness.need_house()
    within = harness.enrolled.battery_tolerance_w
    for _ in range(_SAMPLES):
        for device in await harness.having(Feature.READ):
            reading = await harness.call(device, "read", max_age=timedelta(0))
            for name, true in _truths(house, harness, str(device.info.role)).items():
                reported = getattr(reading, name)
                limit = 3.0 if name == "soc_pct" else within + 0.1 * abs(true)
                if reported is not None and abs(reported - true) > limit:
                    harness.fail(
                        f"{name} of the {device.info.role} is {reported:g}, but that of the house is {true:g}.",
                        _guess(reported, true),
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


def _guess(reported: float, true: float) -> str:
    if true and abs(reported + true) <= 0.1 * abs(true) + 50:
        return "The sign is wrong: positive flows into the house."
    if true and 900 < abs(true / reported if reported else 0) < 1100:
        return "That looks like kW; figures are in W."
    if true and 90 < abs(true / reported if reported else 0) < 110:
        return "That looks like a fraction; percentages range from 0 to 100."
    return "Which of the vendor's fields does it come from?"


@check("readings", live=True)
async def hold_the_raw_record(harness: Harness) -> None:
    """Every reading carries the vendor's own record, which its repr does not show."""
    for device in await harness.having(Feature.READ):
        reading = await harness.call(device, "read")
        if reading.raw is None:
            harness.fail(f"The {device.info.role}'s reading has no raw record.", "Give raw=….")
        if "raw=" in repr(reading):
            harness.fail("The raw record shows in repr.", "It contains data that must not be logged.")


@check("readings")
async def unknown_is_none(harness: Harness) -> None:
    """A figure that the vendor leaves null is None (or an error), and never a zero."""
    relay = harness.relay
    keys: dict[str, None] = {}
    relay.rewrite = lambda answer: collect(answer, keys)
    usual = {each: figures(value) for each, value in (await look(harness)).items()}
    for key in list(keys):
        relay.rewrite = partial(replaced, wanted=key, by=None)
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
                        "None means unknown, and 0 means zero: never use one for the other.",
                    )


def _is_zero(value: Any) -> bool:
    return value is not None and not isinstance(value, bool | str | datetime) and value == 0


@check("readings")
async def counters_only_grow(harness: Harness) -> None:
    """Energy counters never fall within a day, and today's energy does not exceed the total."""
    harness.need_clock()
    last: dict[tuple[str, str], EnergyCounter] = {}
    for _ in range(_SAMPLES):
        for device in await harness.having(Feature.READ):
            reading = await harness.call(device, "read", max_age=timedelta(0))
            for issue in reading.issues:
                if issue.field.endswith("_kwh"):
                    harness.fail(
                        f"{issue.field} fell from what was read before, or cannot be: {issue.reason}.", _ONE_WAY
                    )
            for field in attrs.fields(kind_of(reading)):
                counter = getattr(reading, field.name)
                if isinstance(counter, EnergyCounter):
                    _compare(harness, last.get((device.info.id, field.name)), counter, field.name)
                    last[device.info.id, field.name] = counter
        harness.later(minutes=60)
    if not last:
        harness.skip("no reading has an energy counter")


_ONE_WAY: Final = "A counter has one direction; power has a sign, energy has none."


def _compare(harness: Harness, before: EnergyCounter | None, now: EnergyCounter, name: str) -> None:
    slack = 0.011  # vendors round to ten watt-hours
    if now.total_kwh is not None and now.today_kwh is not None and now.today_kwh > now.total_kwh + slack:
        harness.fail(f"{name}: {now.today_kwh} kWh today exceed the total of {now.total_kwh} kWh.")
    if before is None:
        return
    if None not in (before.total_kwh, now.total_kwh) and now.total_kwh < before.total_kwh - slack:  # type: ignore[operator]
        harness.fail(f"{name}.total_kwh fell from {before.total_kwh} to {now.total_kwh}.", _ONE_WAY)
    same_day = before.today is not None and before.today == now.today
    if (
        same_day and None not in (before.today_kwh, now.today_kwh) and now.today_kwh < before.today_kwh - slack  # type: ignore[operator]
    ):
        harness.fail(f"{name}.today_kwh fell from {before.today_kwh} to {now.today_kwh} within {now.today}.")


@check("readings")
async def honour_max_age(harness: Harness) -> None:
    """A zero max_age asks the vendor again, and a long one uses the last response."""
    harness.sent()
    for device in await harness.having(Feature.READ):
        await harness.call(device, "read")
        before = harness.sent()
        await harness.call(device, "read", max_age=timedelta(0))
        if harness.sent() == before:
            harness.fail(
                f"The {device.info.role} was read with max_age=0, but no request was sent.",
                "Pass max_age on to SharedFetch.get().",
            )
        before = harness.sent()
        await harness.call(device, "read", max_age=timedelta(hours=1))
        if harness.sent() != before and harness.enrolled.transport == "http":
            harness.fail(
                f"The {device.info.role} was read just now, but max_age=1 h sends another request.",
                "Keep the last response in a SharedFetch.",
            )


_OF_A_DAY: Final = 32
_BIG_W: Final = 400.0


@check("signs")
async def balance_closes(harness: Harness) -> None:
    """Over a simulated day pv + battery + grid = load (+ ev), within losses."""
    harness.need_clock()
    devices = await _of_one_house(harness)
    samples: list[Balance] = []
    for _ in range(_OF_A_DAY):
        samples.append(balance([await harness.call(each, "read") for each in devices]))
        harness.later(minutes=45)
    _judge(harness, samples)
    for device in devices:
        harness.prove(device, Feature.READ)


@check("signs")
async def history_balances(harness: Harness) -> None:
    """The balance closes throughout the history, and every reading says when it was."""
    harness.need_clock()
    devices = [each for each in await _of_one_house(harness) if each.capabilities[Feature.HISTORY]]
    roles = {str(each.info.role) for each in devices}
    if not {"meter", "inverter"} <= roles:
        harness.skip("no history of both meter and inverter")
    harness.later(days=1)
    end = harness.clock.now()
    times: dict[Any, list[Reading]] = defaultdict(list)
    for device in devices:
        for reading in await harness.call(device, "history", end - timedelta(days=1), end):
            if reading.stamp.measured_at is None:
                harness.fail("A reading of the history does not say when it was measured.")
            times[reading.stamp.measured_at].append(reading)
        harness.prove(device, Feature.HISTORY)
    whole = [each for each in times.values() if len(each) == len(devices)]
    if not whole:
        harness.fail("The devices' histories have no time in common.", "Make them from one series.")
    _judge(harness, [balance(each) for each in whole])


def _judge(harness: Harness, samples: list[Balance]) -> None:
    """Judge all samples together, and separately those in which a flow was large, since it may be idle for most of a day."""
    # A flipped flow of a few watts disappears in the noise of hours in which others are large, and check_signs would
    # find the sum of the day closed well enough.
    for flow in ("grid_w", "battery_w"):
        busy = [each for each in samples if abs(getattr(each, flow) or 0.0) > _BIG_W]
        if busy:
            _judge_these(harness, busy)
    _judge_these(harness, samples)


def _judge_these(harness: Harness, samples: list[Balance]) -> None:
    report = check_signs(samples)
    if report.verdict is Verdict.FLIPPED:
        harness.fail(
            f"The {report.flip} has the wrong sign: flipped, the balance closes; "
            f"as it is, {report.residual_w:.0f} W remain.",
            "Positive flows into the house: a discharging battery, an importing grid.",
        )
    if report.verdict is Verdict.WRONG:
        harness.fail(
            f"The balance does not close: {report.residual_w:.0f} W remain, and no single flip corrects it.",
            "Which flow is missing or counted twice? Does load_w include the charger (load_includes_ev)?",
        )
    if report.verdict is Verdict.OPEN:
        harness.skip("too little is reported, or flows, to judge signs by the balance")


@check("signs")
async def soc_follows_power(harness: Harness) -> None:
    """The state of charge falls while the battery's power is positive, and rises while it is negative."""
    harness.need_clock()
    (battery, *_) = await harness.having(Feature.READ, role="battery")
    right = wrong = 0
    before = await harness.call(battery, "read")
    for _ in range(3 * _OF_A_DAY):
        harness.later(minutes=15)
        now = await harness.call(battery, "read")
        powers: list[Any] = [before.power_w, now.power_w]
        reported = None not in (*powers, before.soc_pct, now.soc_pct)
        if reported and min(abs(each) for each in powers) > _BIG_W:
            # Only quarter hours that begin and end in one direction: otherwise the power between the readings is unknown.
            change, same = now.soc_pct - before.soc_pct, powers[0] * powers[1] > 0
            right += same and change * powers[0] < 0
            wrong += same and change * powers[0] > 0
        before = now
    if right + wrong == 0:
        harness.skip("the battery was hardly used that day")
    if wrong > right:
        harness.fail(
            f"In {wrong} of {right + wrong} quarter hours the state of charge moved against the battery's power.",
            "The battery's power has the wrong sign: + discharging, − charging.",
        )


@check("signs")
async def no_pv_at_night(harness: Harness) -> None:
    """There is no PV in the dark, and never less than none."""
    house = harness.need_house()
    (inverter, *_) = await harness.having(Feature.READ, role="inverter")
    dark = 0
    for _ in range(_OF_A_DAY):
        reading = await harness.call(inverter, "read", max_age=timedelta(0))
        available = house.at(harness.clock.now()).pv_available_w
        if reading.pv_w is not None and available == 0:
            dark += 1
            # Some inverters report the few watts of their own electronics as PV.
            if abs(reading.pv_w) > 20:
                harness.fail(f"pv_w is {reading.pv_w:g} in the dark.", "What else does it include?")
        harness.later(minutes=45)
    if not dark:
        harness.skip("it did not get dark")


async def _of_one_house(harness: Harness) -> list[Any]:
    """The readable devices of the first box that has a meter; chargers have serials of their own."""
    devices = [each for each in await harness.devices() if each.capabilities[Feature.READ]]
    meters = [each for each in devices if each.info.role == "meter"]
    if not meters:
        harness.skip("no meter, so there is no balance")
    serial = meters[0].info.serial
    return [each for each in devices if each.info.serial == serial or each.info.role == "ev_charger"]
