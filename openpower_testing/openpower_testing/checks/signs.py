"""Signs: positive flows into the house, so that the balance closes and the state of charge follows the power."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.balance import Balance, Verdict, balance, check_signs
from openpower_core.capabilities import Feature
from openpower_testing.checks._registry import check

if TYPE_CHECKING:
    from openpower_core.readings import Reading
    from openpower_testing.harness import Harness

__all__ = ["balance_closes", "history_balances", "no_pv_at_night", "soc_follows_power"]

_SAMPLES: Final = 32
_BIG_W: Final = 400.0


@check()
async def balance_closes(harness: Harness) -> None:
    """Over a simulated day pv + battery + grid = load (+ ev), within losses."""
    harness.need_clock()
    devices = await _of_one_house(harness)
    samples: list[Balance] = []
    for _ in range(_SAMPLES):
        samples.append(balance([await harness.call(each, "read") for each in devices]))
        harness.later(minutes=45)
    _judge(harness, samples)
    for device in devices:
        harness.prove(device, Feature.READ)


@check()
async def history_balances(harness: Harness) -> None:
    """So does every moment of the history, each of which says when it was."""
    harness.need_clock()
    devices = [each for each in await _of_one_house(harness) if each.capabilities[Feature.HISTORY]]
    roles = {str(each.info.role) for each in devices}
    if not {"meter", "inverter"} <= roles:
        harness.skip("no history of both meter and inverter")
    harness.later(days=1)
    end = harness.clock.now()
    moments: dict[Any, list[Reading]] = defaultdict(list)
    for device in devices:
        for reading in await harness.call(device, "history", end - timedelta(days=1), end):
            if reading.stamp.measured_at is None:
                harness.fail("A reading of the history does not say when it was measured.")
            moments[reading.stamp.measured_at].append(reading)
        harness.prove(device, Feature.HISTORY)
    whole = [each for each in moments.values() if len(each) == len(devices)]
    if not whole:
        harness.fail("The devices' histories have no moment in common.", "They come from one series.")
    _judge(harness, [balance(each) for each in whole])


def _judge(harness: Harness, samples: list[Balance]) -> None:
    """Judge all moments together, and those in which a flow was big by themselves: it may rest for most of a day."""
    for flow in ("grid_w", "battery_w"):
        busy = [each for each in samples if abs(getattr(each, flow) or 0.0) > _BIG_W]
        if busy:
            _judge_these(harness, busy)
    _judge_these(harness, samples)


def _judge_these(harness: Harness, samples: list[Balance]) -> None:
    report = check_signs(samples)
    if report.verdict is Verdict.FLIPPED:
        harness.fail(
            f"The {report.flip} has the wrong sign: turned round, the balance closes; "
            f"as it is, {report.residual_w:.0f} W are left over.",
            "Positive flows into the house: a battery that discharges, a grid that imports.",
        )
    if report.verdict is Verdict.WRONG:
        harness.fail(
            f"The balance does not close: {report.residual_w:.0f} W are left over, and no single flip mends it.",
            "Which flow is missing or counted twice? Does load_w include the charger (load_includes_ev)?",
        )
    if report.verdict is Verdict.OPEN:
        harness.skip("too little is told, or flows, to judge signs by the balance")


@check()
async def soc_follows_power(harness: Harness) -> None:
    """The state of charge falls while the battery's power is positive, and rises while it is negative."""
    harness.need_clock()
    (battery, *_) = await harness.having(Feature.READ, role="battery")
    right = wrong = 0
    before = await harness.call(battery, "read")
    for _ in range(3 * _SAMPLES):
        harness.later(minutes=15)
        now = await harness.call(battery, "read")
        powers: list[Any] = [before.power_w, now.power_w]
        told = None not in (*powers, before.soc_pct, now.soc_pct)
        if told and min(abs(each) for each in powers) > _BIG_W:
            change, same = now.soc_pct - before.soc_pct, powers[0] * powers[1] > 0
            right += same and change * powers[0] < 0
            wrong += same and change * powers[0] > 0
        before = now
    if right + wrong == 0:
        harness.skip("the battery hardly worked that day")
    if wrong > right:
        harness.fail(
            f"In {wrong} of {right + wrong} quarter hours the state of charge moved against the battery's power.",
            "The battery's power has the wrong sign: + discharging, − charging.",
        )


@check()
async def no_pv_at_night(harness: Harness) -> None:
    """There is no PV in the dark, and never less than none."""
    house = harness.need_house()
    (inverter, *_) = await harness.having(Feature.READ, role="inverter")
    dark = 0
    for _ in range(_SAMPLES):
        reading = await harness.call(inverter, "read", max_age=timedelta(0))
        available = house.at(harness.clock.now()).pv_available_w
        if reading.pv_w is not None and available == 0:
            dark += 1
            if abs(reading.pv_w) > 20:
                harness.fail(f"pv_w is {reading.pv_w:g} in the dark.", "What else is counted in it?")
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
