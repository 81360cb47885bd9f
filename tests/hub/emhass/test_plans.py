"""Requests, answers and modes: pure functions, against the samples of 0.18.7 and the table of the reference."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import attrs
import pytest
from planned_home import priced

from openpower import BatteryInfo, Channel, Price, PriceSeries, Role
from openpower_core.errors import OpenPowerError, PartialData
from openpower_hub.emhass.answer import Plan, Step, plan_of
from openpower_hub.emhass.forecasts import by_time_of_day
from openpower_hub.emhass.modes import blocks_of, curtailed
from openpower_hub.emhass.request import Request, floored, request_of
from openpower_hub.history.cells import Cell

NOW = datetime(2026, 11, 27, 15, 7, 42, tzinfo=UTC)
FIRST = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
HALF = timedelta(minutes=30)
HOUR = timedelta(hours=1)
BATTERY = BatteryInfo(id="1/battery", provider="demo", serial="1", role=Role.BATTERY, max_charge_w=5000)
SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "emhass"


def series(*prices: Price) -> PriceSeries:
    return PriceSeries(prices, tz="Europe/Berlin")


def both(*costs: float | None, start: datetime = FIRST) -> PriceSeries:
    """Import, and feed-in at a tenth of it."""
    feed_in = [None if cost is None else cost / 10 for cost in costs]
    return series(*priced(*costs, start=start), *priced(*feed_in, channel=Channel.EXPORT, start=start))


def request(prices: PriceSeries, **more: Any) -> Request:
    about = {"now": NOW, "step": HALF, "horizon": timedelta(hours=24), "battery": BATTERY, "soc_pct": 42.0}
    return request_of(**{**about, "prices": prices, **more})


def test_what_is_asked() -> None:
    """Fractions for charges, minutes for the step, times in UTC, and always the first step that holds now."""
    asked = request(both(*[0.3] * 26), final_soc_pct=60.0)

    assert asked.first == FIRST
    assert len(asked.buying) == 48
    assert asked.body["prediction_horizon"] == 48
    assert asked.body["optimization_time_step"] == 30
    assert asked.body["method_ts_round"] == "first"
    assert (asked.body["soc_init"], asked.body["soc_final"]) == (0.42, 0.6)
    assert asked.body["battery_charge_power_max"] == 5000
    assert "battery_discharge_power_max" not in asked.body
    assert list(asked.body["load_cost_forecast"])[:2] == ["2026-11-27T15:00:00+00:00", "2026-11-27T15:30:00+00:00"]
    assert set(asked.body["prod_price_forecast"].values()) == {0.03}
    assert request(both(*[0.3] * 26)).body["soc_final"] == 0.42


def test_prices_are_means_weighted_by_time() -> None:
    """Of 5 minutes at 1.0 and 25 at 0.4 half an hour costs 0.5."""
    short = attrs.evolve(priced(1.0, start=FIRST)[0], end=FIRST + timedelta(minutes=5))
    long = attrs.evolve(short, start=short.end, end=FIRST + HALF, per_kwh="0.4")
    asked = request(series(short, long, *priced(*[0.2] * 3, start=FIRST + HALF)))

    assert asked.buying[:2] == (pytest.approx(0.5), pytest.approx(0.2))


def test_a_plan_is_as_long_as_prices_are_known() -> None:
    """The list has exactly the steps that are asked for: a shorter one would be replaced silently."""
    asked = request(both(0.3, 0.2, 0.1, None, 0.1))

    assert asked.body["prediction_horizon"] == 6
    assert len(asked.body["load_cost_forecast"]) == len(asked.body["prod_price_forecast"]) == 6
    assert asked.notes == ("The plan reaches to 18:00 UTC only, where the known prices end.",)


@pytest.mark.parametrize("prices", [both(0.3), both(None, 0.3, 0.3, 0.3), series()])
def test_prices_that_are_too_short(prices: PriceSeries) -> None:
    """For less than two hours nothing is planned; also where the running price is unknown."""
    with pytest.raises(PartialData, match="too short for a plan"):
        request(prices)


def test_without_feed_in_prices() -> None:
    """Feed-in is planned as if it paid nothing, and that is said; EMHASS's own default would be 0.1419."""
    asked = request(series(*priced(*[0.3] * 26, start=FIRST)))

    assert set(asked.selling) == {0.0}
    assert "as if feed-in paid nothing" in asked.notes[0]


@pytest.mark.parametrize(
    ("now", "hours"), [(datetime(2026, 3, 28, 22, 7, tzinfo=UTC), 24), (datetime(2026, 10, 24, 22, 7, tzinfo=UTC), 24)]
)
def test_nights_on_which_the_clock_changes(now: datetime, hours: int) -> None:
    """A step is a step: the times are UTC, one for each half hour, none twice and none missing."""
    first = floored(now, HALF)
    asked = request(both(*[0.3] * 30, start=first.replace(minute=0)), now=now)
    times = [datetime.fromisoformat(time) for time in asked.body["load_cost_forecast"]]

    assert times == [first + number * HALF for number in range(2 * hours)]


# Answers.


def answer_to(asked: Request, **changes: Any) -> dict[str, Any]:
    """An answer as 0.18.7 gives it: a house of 400 W from the grid."""
    plan = [
        {
            "timestamp": (asked.first + number * asked.step).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "P_PV": 0,
            "P_Load": 400,
            "P_grid_pos": 400.0,
            "P_grid_neg": 0.0,
            "P_grid": 400.0,
            "P_batt": 0.0,
            "SOC_opt": 0.42,
            "unit_load_cost": asked.buying[number],
            "unit_prod_price": asked.selling[number],
            "optim_status": "Optimal",
        }
        for number in range(len(asked.buying))
    ]
    run = {"dry_run": True, "status": "ok", "timestamp": "2026-11-27T15:07:43Z", "infeasible": False}
    return run | {"schema_version": "1.0", "error_message": None, "plan": plan, "warnings": [], "errors": []} | changes


ASKED = request(both(*[0.3, 0.2] * 13))


def test_an_answer_that_is_used() -> None:
    """Steps in UTC, charges in percent, and what EMHASS warned of."""
    plan = plan_of(answer_to(ASKED, warnings=["Something is slow."]), ASKED, NOW)

    assert len(plan.steps) == 48
    assert (plan.steps[0].start, plan.steps[0].end, plan.end) == (FIRST, FIRST + HALF, FIRST + 24 * HOUR)
    assert plan.steps[0].soc_pct == pytest.approx(42)
    assert plan.notes == ("EMHASS: Something is slow.",)
    assert plan.id == plan_of(answer_to(ASKED), ASKED, NOW).id


def _record(number: int, **changes: Any) -> Any:
    def change(answer: dict[str, Any]) -> None:
        answer["plan"][number].update(changes)

    return change


def _answer(**changes: Any) -> Any:
    return lambda answer: answer.update(changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            _answer(status="infeasible", infeasible=True, errors=["No solution."]),
            "found no plan (infeasible): No solution.",
        ),
        (_answer(status="error"), "found no plan (error): it gives no reason"),
        (_answer(timestamp="2026-11-27T13:00:00Z"), "plan is of 2026-11-27 13:00 UTC"),
        (_answer(timestamp=None), "its timestamp is None"),
        (_answer(schema_version="2.0"), "its schema is 2.0"),
        (_answer(plan=None), "it has no list plan"),
        (_answer(plan=[]), "it has 0 steps where 48 were asked for"),
        (_answer(warnings=["load_cost_forecast: length should be 48"]), "did not take what was sent"),
        (
            _record(0, unit_load_cost=0.1419),
            "used other prices than were sent (unit_load_cost of step 0: 0.1419 for 0.3)",
        ),
        (_record(47, unit_prod_price=0.1419), "unit_prod_price of step 47"),
        (_record(3, timestamp="2026-11-27T16:45:00.000Z"), "step 3 begins at"),
        (_record(0, timestamp="2026-11-27T15:30:00.000Z"), "step 0 begins at"),
        (_record(5, optim_status="Infeasible"), "step 5 is Infeasible"),
        (_record(5, P_batt=100.0), "the powers of step 5 miss each other by 100 W"),
        (_record(5, P_batt=None), "P_batt of a step is None"),
        (_record(5, P_grid=float("nan")), "P_grid of a step is nan"),
        (_record(5, P_load=True, P_Load=True), "P_Load of a step is True"),
        (_record(5, SOC_opt=42.0), "the charge after step 5 is 4200.0 %"),
        (lambda answer: answer["plan"][2].pop("SOC_opt"), "it is for several batteries"),
        (lambda answer: answer["plan"].pop(), "it has 47 steps where 48 were asked for"),
    ],
)
def test_answers_that_are_not_used(change: Any, words: str) -> None:
    """Each says why."""
    answer = answer_to(ASKED)
    change(answer)

    with pytest.raises(OpenPowerError) as error:
        plan_of(answer, ASKED, NOW)
    assert words in str(error.value)


@pytest.mark.parametrize("answer", [None, [], "text", {}, {"status": "ok", "plan": [1]}])
def test_what_is_no_answer(answer: Any) -> None:
    """Whatever it is, it is an error of openpower."""
    with pytest.raises(OpenPowerError):
        plan_of(answer, ASKED, NOW)


def test_an_answer_that_took_too_long() -> None:
    """Its first step is over when it arrives."""
    with pytest.raises(OpenPowerError, match="does not hold now"):
        plan_of(answer_to(ASKED, timestamp="2026-11-27T15:31:00Z"), ASKED, FIRST + timedelta(minutes=31))


def test_the_age_of_a_plan() -> None:
    """Two intervals or an hour, whichever is less."""
    plan = plan_of(answer_to(ASKED), ASKED, NOW)

    assert not plan.too_old(NOW + timedelta(minutes=29), timedelta(minutes=15))
    assert plan.too_old(NOW + timedelta(minutes=31), timedelta(minutes=15))
    assert plan.too_old(NOW + timedelta(minutes=61), HOUR)


# Samples of the real one.


def sample(name: str) -> dict[str, Any]:
    if not SAMPLES.is_dir():
        pytest.skip("no samples of EMHASS beside the repository")
    found: dict[str, Any] = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
    return found


def asked_for(answer: dict[str, Any], step: timedelta = HALF) -> Request:
    """The request that a sample answers."""
    records = answer["plan"]
    return Request(
        body={},
        first=datetime.fromisoformat(records[0]["timestamp"]),
        step=step,
        buying=tuple(record["unit_load_cost"] for record in records),
        selling=tuple(record["unit_prod_price"] for record in records),
        soc_pct=42.0,
    )


def used(answer: dict[str, Any], asked: Request | None = None, step: timedelta = HALF) -> Plan:
    asked = asked or asked_for(answer, step)
    run = {"timestamp": answer["generated_at"], "schema_version": "1.0", "warnings": [], "errors": []}
    return plan_of(answer | run, asked, asked.first + timedelta(minutes=1))


def test_the_real_plan() -> None:
    """As the index of the samples reads it: charge with 2673 W to 54.7 %, then the house from the battery."""
    plan = used(sample("plan-30min.json"))
    blocks = blocks_of(plan, plan.steps[0].start, soc_pct=42, battery_w=5000)

    assert (blocks[0].mode, blocks[0].power_w, blocks[0].target_soc_pct) == ("charge", 2670, 55)
    assert blocks[0].end - blocks[0].start == HALF
    assert blocks[1].mode == "auto"
    assert [block.mode for block in blocks].count("export") == 0
    assert all(one.end == two.start for one, two in pairwise(blocks))
    assert blocks[-1].end == plan.end


def test_steps_of_a_quarter_of_an_hour() -> None:
    """The real one with 15 minutes."""
    assert len(used(sample("plan-15min-first16.json"), step=timedelta(minutes=15)).steps) == 16


def test_the_real_short_prices() -> None:
    """200 and ok, and all prices are the configured ones."""
    answer = sample("plan-short-prices-first3.json")
    sent = attrs.evolve(asked_for(answer), buying=(0.27, 0.38, 0.38))

    with pytest.raises(OpenPowerError, match="used other prices than were sent"):
        used(answer, sent)


def test_the_real_infeasible_run() -> None:
    """The plan endpoint would still say ok; a dry run says it itself."""
    answer = answer_to(ASKED) | sample("last-run-infeasible.json")

    with pytest.raises(OpenPowerError, match=r"found no plan \(infeasible\)"):
        plan_of(answer, ASKED, NOW)


def test_the_real_plan_for_two_batteries() -> None:
    """It has no SOC_opt."""
    with pytest.raises(OpenPowerError, match="several batteries"):
        used(sample("plan-2-batteries-first6.json"))


def test_the_real_plan_for_a_car() -> None:
    """Its loads are part of the balance."""
    plan = used(sample("plan-ev-deferrable-first26.json"))

    assert max(step.load_w for step in plan.steps) >= 7000


def test_the_real_curtailment() -> None:
    """At noon all of 9000 W is wasted, and nothing is exported."""
    answer = sample("plan-hybrid-curtailment-sel.json")
    records = [record for record in answer["plan"] if record["P_PV_curtailment"] > 0][:1]
    plan = used(answer | {"plan": records, "generated_at": records[0]["timestamp"]})

    assert [(end - start, export) for start, end, export in curtailed(plan, plan.steps[0].start)] == [(HALF, 0.0)]


# Modes: the table of section 5.


def planned(*steps: tuple[float, float, float, float], soc_pct: float = 50.0, waste: float = 0.0) -> Plan:
    """Steps of (solar, load, battery, charge at the end)."""
    return Plan(
        steps=tuple(
            Step(
                start=FIRST + number * HALF,
                end=FIRST + (number + 1) * HALF,
                pv_w=pv,
                curtailed_w=waste,
                load_w=load,
                battery_w=battery,
                grid_w=load - (pv - waste) - battery,
                soc_pct=soc,
            )
            for number, (pv, load, battery, soc) in enumerate(steps)
        ),
        made_at=NOW,
        soc_pct=soc_pct,
        id="0000",
    )


@pytest.mark.parametrize(
    ("step", "mode", "power", "target"),
    [
        ((0, 400, -3000, 61.2), "charge", 3000, 62),  # from the grid
        ((1000, 400, -3000, 61.2), "charge", 3000, 62),  # the grid takes part
        ((3400, 400, -3000, 61.2), "auto", None, None),  # solar charges by itself
        ((5400, 400, -3000, 61.2), "auto", None, None),  # and some of it is exported
        ((3420, 400, -3000, 61.2), "auto", None, None),
        ((3380, 400, -3000, 61.2), "auto", None, None),  # 20 W of the grid are noise
        ((0, 400, 0, 50), "hold", None, None),
        ((0, 400, 40, 50), "hold", None, None),
        ((3000, 400, 0, 50), "no_charge", None, None),  # sold, though the battery is not full
        ((3000, 400, 0, 99), "auto", None, None),  # it is full
        ((400, 400, 0, 50), "auto", None, None),
        ((0, 1300, 1300, 45), "auto", None, None),
        ((0, 5000, 3000, 45), "auto", None, None),  # as much as it can give
        ((0, 400, 3000, 40.9), "export", 3000, 40),
        ((2000, 400, 3000, 40.9), "export", 3000, 40),
        ((2000, 400, 300, 49), "export", 300, 49),
    ],
)
def test_modes(step: Any, mode: str, power: float | None, target: float | None) -> None:
    """Negative battery power is not always a command to charge, nor zero always nothing."""
    (block,) = blocks_of(planned(step), FIRST, soc_pct=50)

    assert (block.mode, block.power_w, block.target_soc_pct) == (mode, power, target)


def test_an_empty_battery_needs_no_hold() -> None:
    """Within two points of where it stops."""
    plan = planned((0, 400, 0, 11))

    assert blocks_of(plan, FIRST, soc_pct=11, least_pct=10)[0].mode == "auto"
    assert blocks_of(plan, FIRST, soc_pct=11, least_pct=5)[0].mode == "hold"


def test_noise_is_a_share_of_a_large_battery() -> None:
    """2 % of 20 kW are 400 W."""
    plan = planned((0, 3000, -300, 50))

    assert blocks_of(plan, FIRST, soc_pct=50, battery_w=20_000)[0].mode == "hold"
    assert blocks_of(plan, FIRST, soc_pct=50, battery_w=5000)[0].mode == "charge"


def test_neighbours_are_one_command() -> None:
    """With the end and the target of the last, and the mean power."""
    plan = planned((0, 400, -3000, 61), (0, 400, -1000, 65.5), (0, 400, 0, 65.5), (0, 400, 0, 65.5), (0, 400, 400, 62))
    blocks = blocks_of(plan, FIRST, soc_pct=50)

    assert [(block.mode, (block.end - block.start) / HALF) for block in blocks] == [
        ("charge", 2),
        ("hold", 2),
        ("auto", 1),
    ]
    assert (blocks[0].power_w, blocks[0].target_soc_pct) == (2000, 66)


@pytest.mark.parametrize(
    ("step", "soc_pct", "mode"),
    [
        ((3400, 400, -3000, 61), 62, "auto"),
        ((3400, 400, -3000, 61), 63, "no_charge"),  # the sun was faster
        ((0, 1300, 1300, 45), 41, "auto"),
        ((0, 1300, 1300, 45), 39, "hold"),  # the house took more
    ],
)
def test_reality_changes_the_running_step(step: Any, soc_pct: float, mode: str) -> None:
    """And only that: later ones are as planned."""
    first, *_ = blocks_of(planned(step, step), FIRST, soc_pct=soc_pct)

    assert first.mode == mode
    assert first.end == FIRST + (2 if mode == "auto" else 1) * HALF


def test_the_expected_charge() -> None:
    """Between two records it is in between; SOC_opt is that at the end of a step."""
    plan = planned((0, 400, -3000, 60), (0, 400, -3000, 70), soc_pct=50)

    assert plan.soc_at(FIRST) == 50
    assert plan.soc_at(FIRST + HALF / 2) == 55
    assert plan.soc_at(FIRST + HALF) == 60
    assert plan.soc_at(FIRST + 2 * HALF) is None


# Forecasts from the history.


def test_forecasts_are_means_of_the_same_time_of_day() -> None:
    """By the clock of the home, also across the night on which it changes."""
    start = datetime(2026, 10, 24, 0, tzinfo=UTC)
    cells = [
        Cell(start=start + n * HALF, end=start + (n + 1) * HALF, mean=1000.0 if n % 48 == 20 else 100.0)
        for n in range(48)
    ]
    values = by_time_of_day(cells, datetime(2026, 10, 26, 0, tzinfo=UTC), HALF, 48, "Europe/Berlin")

    assert values is not None
    # 10:00 UTC was 12:00 in summer, and 12:00 is 11:00 UTC in winter.
    assert [n for n, value in enumerate(values) if value == 1000] == [22]


def test_a_time_of_day_that_was_never_recorded() -> None:
    """Then the forecast is left to EMHASS."""
    cells = [Cell(start=FIRST, end=FIRST + HALF, mean=1.0), Cell(start=FIRST + HALF, end=FIRST + HOUR)]

    assert by_time_of_day(cells, FIRST + 24 * HOUR, HALF, 1, None) == [1.0]
    assert by_time_of_day(cells, FIRST + 24 * HOUR, HALF, 2, None) is None
