"""Readings: stamped in UTC, plausible, never a zero for the unknown, and with signs that close the balance."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any, Final

import attrs

from openpower_core.balance import Balance, Verdict, balance, check_signs
from openpower_core.capabilities import Feature
from openpower_core.readings import (
    BatteryReading,
    EnergyCounter,
    EVChargerReading,
    InverterReading,
    MeterReading,
    Reading,
)
from openpower_testing.checks._base import check, figures, instants, is_figure, kind_of
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
    """Every device reports something, in W, kWh, °C, Hz and percentages from 0 to 100."""
    known: dict[str, set[str]] = defaultdict(set)
    charges: dict[str, list[float]] = defaultdict(list)
    for _ in range(_SAMPLES if harness.is_timed else 1):
        for device in await harness.having(Feature.READ):
            reading = await harness.call(device, "read")
            known[device.info.id] |= {name for name, each in figures(reading).items() if is_figure(each)}
            _check_ranges(harness, device.info.role, reading)
            charges[device.info.id] += [reading.soc_pct] if getattr(reading, "soc_pct", None) is not None else []
        if harness.is_timed:
            harness.later(minutes=90)
    if silent := [device for device, names in known.items() if not names]:
        harness.fail(f"All figures of {', '.join(silent)} are None, at all times.", "Do not promise to read it.")
    for device, seen in charges.items():
        if len(seen) > 1 and 0 < max(seen) <= 1:
            harness.fail(
                f"soc_pct of {device} was at most {max(seen)} for a whole day: that is a fraction, not a percentage.",
                "Multiply by 100.",
            )


def _check_ranges(harness: Harness, role: str, reading: Reading) -> None:
    for name, (low, high) in _RANGES.items():
        value = getattr(reading, name, None)
        if value is not None and not low <= value <= high:
            harness.fail(
                f"{name} of the {role} is {value}; it must be between {low} and {high}.", "Check the unit and the sign."
            )


@check("readings", per_flavour=False)
async def every_figure_is_exercised(harness: Harness) -> None:
    """In a simulated fortnight the main figures are known, all differ from 0, and what has two directions flows both ways."""
    signs: dict[tuple[str, str], set[bool]] = defaultdict(set)
    async for instant in instants(harness):
        for device, seen in instant.usual.items():
            for name, value in seen.numbers.items():
                signs[device, name] |= {value > 0} if value else set()
    unknown = [
        f"{name} of {device.info.id} is always None"
        for device in await harness.having(Feature.READ)
        for name in _MAIN.get(device.info.role, ())
        if (device.info.id, name) not in signs
    ]
    idle = [f"{name} of {device} is always 0" for (device, name), found in signs.items() if not found]
    for (device, name), found in signs.items():
        if name == "power_w" and device.endswith(("/battery", "/meter")) and len(found) == 1:
            idle.append(f"{name} of {device} is never {'negative' if found == {True} else 'positive'}")
    if unknown or idle:
        harness.unproven(f"{'; '.join([*unknown, *idle])}.")


_MAIN: Final = {
    "inverter": ("pv_w",),
    "battery": ("power_w", "soc_pct"),
    "meter": ("power_w",),
    "ev_charger": ("power_w",),
}


@check("readings")
async def agree_with_the_house(harness: Harness) -> None:
    """What is read is what the simulated house does: the same state of charge and powers, in size and sign."""
    harness.need_house()
    for _ in range(_SAMPLES):
        await _compare_all(harness)
        harness.later(minutes=90)
    async for _ in instants(harness):
        await _compare_all(harness)


async def _compare_all(harness: Harness) -> None:
    house, within = harness.need_house(), harness.enrolled.battery_tolerance_w
    for device in await harness.having(Feature.READ):
        reading = await harness.call(device, "read", max_age=timedelta(0))
        for name, true in _truths(house, harness, reading).items():
            reported = getattr(reading, name)
            limit = 3.0 if name == "soc_pct" else within + 0.1 * abs(true)
            if reported is not None and abs(reported - true) > limit:
                harness.fail(
                    f"{name} of the {device.info.role} is {reported:g}, but that of the house is {true:g}.",
                    _guess(reported, true),
                )


def _truths(house: Any, harness: Harness, reading: Reading) -> dict[str, float]:
    now = house.at(harness.clock.now())
    match reading:
        case BatteryReading():
            return {"power_w": now.battery_w, "soc_pct": now.soc_pct}
        case MeterReading():
            return {"power_w": now.grid_w}
        case InverterReading(load_includes_ev=includes):
            # Where the reading does not say whether the charger is included, either may be meant.
            load = {} if includes is None and now.ev_w else {"load_w": now.load_w + (now.ev_w if includes else 0)}
            return {"pv_w": now.pv_w, **load}
        case EVChargerReading():
            return {"power_w": now.ev_w}
        case _:
            return {}


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
async def counters_only_grow(harness: Harness) -> None:
    """Energy counters grow, never fall within a day, and today's energy does not exceed the total."""
    harness.need_clock()
    counters = Counters(harness)
    for _ in range(_SAMPLES):
        await counters.look()
        harness.later(minutes=60)
    async for _ in instants(harness):
        await counters.look()
        harness.later(minutes=30)
        await counters.look()
    if not counters.last:
        harness.skip("no reading has an energy counter")
    if idle := counters.known - counters.grown:
        harness.unproven(f"{', '.join(sorted(idle))} never grew.")


class Counters:
    """The energy counters of a home, as they were when it was looked at last."""

    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self.last: dict[tuple[str, str], EnergyCounter] = {}
        self.known: set[str] = set()
        self.grown: set[str] = set()

    async def look(self) -> None:
        """Compare all counters with what they were before."""
        for device in await self._harness.having(Feature.READ):
            reading = await self._harness.call(device, "read", max_age=timedelta(0))
            for issue in reading.issues:
                if issue.field.endswith("_kwh"):
                    self._harness.fail(
                        f"{issue.field} fell from what was read before, or cannot be: {issue.reason}.", _ONE_WAY
                    )
            for field in attrs.fields(kind_of(reading)):
                counter = getattr(reading, field.name)
                if isinstance(counter, EnergyCounter):
                    self._compare(f"{field.name} of {device.info.id}", (device.info.id, field.name), counter)

    def _compare(self, name: str, key: tuple[str, str], now: EnergyCounter) -> None:
        before = self.last.get(key)
        self.last[key] = now
        slack = 0.011  # vendors round to ten watt-hours
        if now.total_kwh is not None and now.today_kwh is not None and now.today_kwh > now.total_kwh + slack:
            self._harness.fail(f"{name}: {now.today_kwh} kWh today exceed the total of {now.total_kwh} kWh.")
        same_day = before is not None and before.today is not None and before.today == now.today
        for part in ("total_kwh", "today_kwh"):
            value, earlier = getattr(now, part), getattr(before, part, None)
            if value is None:
                continue
            self.known.add(f"{part} of {name}")
            if earlier is None:
                continue
            if value < earlier - slack and (same_day or part == "total_kwh"):
                within = f" within {now.today}" if part == "today_kwh" else ""
                self._harness.fail(f"{part} of {name} fell from {earlier} to {value}{within}.", _ONE_WAY)
            if value > earlier:
                self.grown.add(f"{part} of {name}")


_ONE_WAY: Final = "A counter has one direction; power has a sign, energy has none."


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
    """Over simulated days pv + battery + grid = load (+ ev), within losses, whichever way battery and grid flow."""
    harness.need_clock()
    devices = await _of_one_house(harness)
    samples: list[Balance] = []
    for _ in range(_OF_A_DAY):
        samples.append(balance([await harness.call(each, "read") for each in devices]))
        harness.later(minutes=45)
    ids = {each.info.id for each in devices}
    async for instant in instants(harness):
        samples += [balance(seen.value for each, seen in instant.usual.items() if each in ids)]
    _judge(harness, devices, samples)
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
    samples: list[Balance] = []
    harness.later(days=1)
    async for _ in instants(harness):
        harness.later(minutes=30)
        samples += await _past(harness, devices)
    _judge(harness, devices, samples)
    for device in devices:
        harness.prove(device, Feature.HISTORY)


async def _past(harness: Harness, devices: list[Any]) -> list[Balance]:
    """The balances of the last day."""
    end = harness.clock.now()
    times: dict[Any, list[Reading]] = defaultdict(list)
    for device in devices:
        for reading in await harness.call(device, "history", end - timedelta(days=1), end):
            if reading.stamp.measured_at is None:
                harness.fail("A reading of the history does not say when it was measured.")
            times[reading.stamp.measured_at].append(reading)
    whole = [each for each in times.values() if len(each) == len(devices)]
    if not whole:
        harness.fail("The devices' histories have no time in common.", "Make them from one series.")
    return [balance(each) for each in whole]


def _judge(harness: Harness, devices: list[Any], samples: list[Balance]) -> None:
    """Judge all samples together, and separately those in which a flow was large, since it may be idle for most of a day."""
    # A flipped flow of a few watts disappears in the noise of hours in which others are large, and check_signs would
    # find the sum of the day closed well enough.
    idle: list[str] = []
    _judge_these(harness, samples)
    for flow, role in (("grid_w", "meter"), ("battery_w", "battery")):
        for sign, way in ((1, "into the house"), (-1, "out of it")):
            busy = [each for each in samples if sign * (getattr(each, flow) or 0.0) > _BIG_W]
            known = any(each.info.role == role for each in devices)
            if known and not (busy and _judge_these(harness, busy)):
                idle.append(f"the {role} never showed a flow {way} beside all the others")
    if idle:
        harness.unproven(f"{'; '.join(idle)}.")


def _judge_these(harness: Harness, samples: list[Balance]) -> bool:
    """Whether they show something."""
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
    return report.verdict is Verdict.RIGHT


@check("signs")
async def soc_follows_power(harness: Harness) -> None:
    """The state of charge falls while a battery's power is positive, and rises while it is negative."""
    harness.need_clock()
    batteries = await harness.having(Feature.READ, role="battery")
    steps: dict[str, list[bool]] = defaultdict(list)
    ways: dict[str, set[bool]] = defaultdict(set)
    before = [await harness.call(each, "read") for each in batteries]
    for _ in range(3 * _OF_A_DAY):
        harness.later(minutes=15)
        now = [await harness.call(each, "read") for each in batteries]
        for battery, one, other in zip(batteries, before, now, strict=True):
            if (change := _change(one, other)) is not None:
                steps[battery.info.id].append(change * one.power_w < 0)
                ways[battery.info.id].add(one.power_w > 0)
        before = now
    for device, followed in steps.items():
        if 2 * sum(followed) < len(followed):
            harness.fail(
                f"In {len(followed) - sum(followed)} of {len(followed)} quarter hours the state of charge of {device} moved "
                "against the battery's power.",
                "The battery's power has the wrong sign: + discharging, − charging.",
            )
    if any(len(ways[each.info.id]) < 2 for each in batteries):
        harness.unproven(
            "that day a battery did not both charge and discharge for quarter hours, with a known state of charge."
        )


def _change(before: Any, now: Any) -> float | None:
    """By how much the state of charge changed in a quarter of an hour that began and ended in one direction."""
    powers: list[Any] = [before.power_w, now.power_w]
    if None in (*powers, before.soc_pct, now.soc_pct) or min(abs(each) for each in powers) <= _BIG_W:
        return None
    # Otherwise the power between the readings is unknown.
    return (now.soc_pct - before.soc_pct or None) if powers[0] * powers[1] > 0 else None


@check("signs")
async def no_pv_at_night(harness: Harness) -> None:
    """There is no PV in the dark, and never less than none."""
    house = harness.need_house()
    inverters = await harness.having(Feature.READ, role="inverter")
    dark: list[str] = []
    nights = 0
    for _ in range(_OF_A_DAY):
        readings = [(each.info.id, await harness.call(each, "read", max_age=timedelta(0))) for each in inverters]
        if house.at(harness.clock.now()).pv_available_w == 0:
            nights += 1
            for device, reading in readings:
                # Some inverters report the few watts of their own electronics as PV.
                if reading.pv_w is not None and abs(reading.pv_w) > 20:
                    harness.fail(f"pv_w of {device} is {reading.pv_w:g} in the dark.", "What else does it include?")
                dark += [device] if reading.pv_w is not None else []
        harness.later(minutes=45)
    if not nights:
        harness.unproven("it did not get dark where the house is.")
    if unknown := [each.info.id for each in inverters if each.info.id not in dark]:
        harness.unproven(f"pv_w of {', '.join(unknown)} is None whenever it is dark.")


async def _of_one_house(harness: Harness) -> list[Any]:
    """The readable devices of one house: all, or those of the first of several boxes with a meter."""
    devices = [each for each in await harness.devices() if each.capabilities[Feature.READ]]
    meters = [each.info.serial for each in devices if each.info.role == "meter"]
    if not meters:
        harness.skip("no meter, so there is no balance")
    # Chargers have serials of their own, and so have some vendors' meters and batteries.
    alone = len(meters) == 1
    return [each for each in devices if alone or each.info.serial == meters[0] or each.info.role == "ev_charger"]
