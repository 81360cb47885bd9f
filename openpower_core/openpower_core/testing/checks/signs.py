"""Signs: positive flows into the house, so that the balance closes and the state of charge follows the power."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.balance import Balance, balance
from openpower_core.capabilities import Feature
from openpower_core.signs import Verdict, check_signs
from openpower_core.testing.checks._registry import check

if TYPE_CHECKING:
    from openpower_core.readings import Reading
    from openpower_core.testing.bench import Bench

__all__ = ["balance_closes", "history_balances", "no_pv_at_night", "soc_follows_power"]

_SAMPLES: Final = 32
_BIG_W: Final = 400.0


@check()
async def balance_closes(bench: Bench) -> None:
    """Over a simulated day pv + battery + grid = load (+ ev), within losses."""
    bench.need_clock()
    devices = await _of_one_house(bench)
    samples: list[Balance] = []
    for _ in range(_SAMPLES):
        samples.append(balance([await bench.call(each, "read") for each in devices]))
        bench.later(minutes=45)
    _judge(bench, samples)
    for device in devices:
        bench.prove(device, Feature.READ)


@check()
async def history_balances(bench: Bench) -> None:
    """So does every moment of the history, each of which says when it was."""
    bench.need_clock()
    devices = [each for each in await _of_one_house(bench) if each.capabilities[Feature.HISTORY]]
    roles = {str(each.info.role) for each in devices}
    if not {"meter", "inverter"} <= roles:
        bench.skip("no history of both meter and inverter")
    bench.later(days=1)
    end = bench.clock.now()
    moments: dict[Any, list[Reading]] = defaultdict(list)
    for device in devices:
        for reading in await bench.call(device, "history", end - timedelta(days=1), end):
            if reading.stamp.measured_at is None:
                bench.fail("A reading of the history does not say when it was measured.")
            moments[reading.stamp.measured_at].append(reading)
        bench.prove(device, Feature.HISTORY)
    whole = [each for each in moments.values() if len(each) == len(devices)]
    if not whole:
        bench.fail("The devices' histories have no moment in common.", "They come from one series.")
    _judge(bench, [balance(each) for each in whole])


def _judge(bench: Bench, samples: list[Balance]) -> None:
    """Judge all moments together, and those in which a flow was big by themselves: it may rest for most of a day."""
    for flow in ("grid_w", "battery_w"):
        busy = [each for each in samples if abs(getattr(each, flow) or 0.0) > _BIG_W]
        if busy:
            _judge_these(bench, busy)
    _judge_these(bench, samples)


def _judge_these(bench: Bench, samples: list[Balance]) -> None:
    report = check_signs(samples)
    if report.verdict is Verdict.FLIPPED:
        bench.fail(
            f"The {report.flip} has the wrong sign: turned round, the balance closes; "
            f"as it is, {report.residual_w:.0f} W are left over.",
            "Positive flows into the house: a battery that discharges, a grid that imports.",
        )
    if report.verdict is Verdict.WRONG:
        bench.fail(
            f"The balance does not close: {report.residual_w:.0f} W are left over, and no single flip mends it.",
            "Which flow is missing or counted twice? Does load_w include the charger (load_includes_ev)?",
        )
    if report.verdict is Verdict.OPEN:
        bench.skip("too little is told, or flows, to judge signs by the balance")


@check()
async def soc_follows_power(bench: Bench) -> None:
    """The state of charge falls while the battery's power is positive, and rises while it is negative."""
    bench.need_clock()
    (battery, *_) = await bench.having(Feature.READ, role="battery")
    right = wrong = 0
    before = await bench.call(battery, "read")
    for _ in range(3 * _SAMPLES):
        bench.later(minutes=15)
        now = await bench.call(battery, "read")
        powers: list[Any] = [before.power_w, now.power_w]
        told = None not in (*powers, before.soc_pct, now.soc_pct)
        if told and min(abs(each) for each in powers) > _BIG_W:
            change, same = now.soc_pct - before.soc_pct, powers[0] * powers[1] > 0
            right += same and change * powers[0] < 0
            wrong += same and change * powers[0] > 0
        before = now
    if right + wrong == 0:
        bench.skip("the battery hardly worked that day")
    if wrong > right:
        bench.fail(
            f"In {wrong} of {right + wrong} quarter hours the state of charge moved against the battery's power.",
            "The battery's power has the wrong sign: + discharging, − charging.",
        )


@check()
async def no_pv_at_night(bench: Bench) -> None:
    """There is no PV in the dark, and never less than none."""
    house = bench.need_house()
    (inverter, *_) = await bench.having(Feature.READ, role="inverter")
    dark = 0
    for _ in range(_SAMPLES):
        reading = await bench.call(inverter, "read", max_age=timedelta(0))
        available = house.at(bench.clock.now()).pv_available_w
        if reading.pv_w is not None and available == 0:
            dark += 1
            if abs(reading.pv_w) > 20:
                bench.fail(f"pv_w is {reading.pv_w:g} in the dark.", "What else is counted in it?")
        bench.later(minutes=45)
    if not dark:
        bench.skip("it did not get dark")


async def _of_one_house(bench: Bench) -> list[Any]:
    """The readable devices of the first box that has a meter; chargers have serials of their own."""
    devices = [each for each in await bench.devices() if each.capabilities[Feature.READ]]
    meters = [each for each in devices if each.info.role == "meter"]
    if not meters:
        bench.skip("no meter, so there is no balance")
    serial = meters[0].info.serial
    return [
        each for each in devices if each.info.serial == serial or each.info.role == "ev_charger"
    ]
