"""Rules carried out on a simulated home: few commands, each with an end, none twice, none over somebody else's."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from planned_home import NOW, House, house_with, priced

from openpower import Channel, Role
from openpower_core.errors import ConfigurationError, ServiceUnavailable
from openpower_hub.config_file import parse_config
from openpower_hub.control import Order
from openpower_hub.plans import PlanState, planned
from openpower_hub.rules import Rules

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NIGHT: dict[str, Any] = {"rule": "cheapest", "hours": 2.0, "before": "07:00", "control": True}
KEEP: dict[str, Any] = {"rule": "hold_above", "above": 0.4, "hours": 2.0, "control": True}
SPIKE: dict[str, Any] = {"rule": "export_spike", "above": 1.0, "target_soc_pct": 10.0, "control": True}
NEGATIVE: dict[str, Any] = {"rule": "stop_negative_export", "control": True}
PRICES = [0.3] * 4 + [0.1, 0.2, 0.3, 0.12] + [0.3] * 8
"""22:00 and 01:00 UTC are the cheapest."""


def after(hours: float) -> Any:
    return NOW + hours * HOUR


def house(rules: dict[str, dict[str, Any]], **options: Any) -> AbstractAsyncContextManager[House]:
    return house_with({"rules": rules}, Rules, **options)


async def test_the_cheapest_hours() -> None:
    """Two windows are two commands, which begin and end with them; nothing else is sent."""
    async with house({"night": NIGHT}) as home:
        home.price(*priced(*PRICES))
        seen = await home.until(after(12))

        assert seen == [(NOW, ""), (after(4), "charge"), (after(5), ""), (after(7), "charge"), (after(8), "")]
        assert home.sent() == ["rules.night: command", "rules.night: command"]


async def test_neighbours_are_one_command() -> None:
    """Of several hours in a row only the end of the last one is sent."""
    async with house({"night": NIGHT | {"hours": 3.0}}) as home:
        home.price(*priced(0.3, 0.1, 0.11, 0.12, *[0.3] * 10))
        seen = await home.until(after(6))

        assert seen == [(NOW, ""), (after(1), "charge"), (after(4), "")]
        assert home.sent() == ["rules.night: command"]


async def test_the_plan_says_how_far_it_is() -> None:
    """Planned, running with its beginning, and what is shown only."""
    async with house({"night": NIGHT, "shown": NIGHT | {"control": False, "hours": 1.0}}) as home:
        home.price(*priced(*PRICES))
        await home.until(after(4.5))
        night = [each for each in home.plan() if each.by == "rules.night"]
        shown = [each for each in home.plan() if each.by == "rules.shown"]

        assert [(each.start, each.end, each.state) for each in night] == [
            (after(4), after(5), PlanState.RUNNING),
            (after(7), after(8), PlanState.PLANNED),
        ]
        assert {each.state for each in shown} == {PlanState.PLANNED}
        assert all("Only shown: control is off." in each.note for each in shown)
        home.hub.integrations["rules"] = home.planner
        assert planned(home.hub, "house") == home.plan()


async def test_without_control_nothing_is_sent() -> None:
    """The plan is the same."""
    async with house({"night": NIGHT | {"control": False}}) as home:
        home.price(*priced(*PRICES))

        assert await home.until(after(12)) == [(NOW, "")]
        assert home.sent() == []


@pytest.mark.parametrize("at", [4.0, 4.3, 4.99])
async def test_a_restart_commands_nothing_twice(at: float) -> None:
    """Whenever the process ends: its successor finds the command and what it was for."""
    async with house({"night": NIGHT}) as home:
        home.price(*priced(*PRICES))
        await home.until(after(at) + MINUTE)
        for _ in range(3):
            home.restart()
            await home.step()
        await home.until(after(12))

        assert home.sent() == ["rules.night: command", "rules.night: command"]


async def test_hours_are_counted_across_restarts() -> None:
    """Half an hour of two ran before the prices changed: an hour and a half is left."""
    async with house({"night": NIGHT}) as home:
        home.price(*priced(*PRICES))
        await home.until(after(4.5))
        home.restart()
        home.price(*priced(*[0.3] * 6, 0.01, 0.02, *[0.3] * 8))
        seen = await home.until(after(12))

        assert seen == [(after(4.5), ""), (after(6), "charge"), (after(7.5), "")]


async def test_a_price_that_changes_ends_what_is_planned_no_longer() -> None:
    """The command is released, and the cheaper hour is taken."""
    async with house({"night": NIGHT | {"hours": 1.0}}) as home:
        home.price(*priced(*PRICES))
        await home.until(after(4.25))
        home.price(*priced(*[0.3] * 4, 0.9, 0.3, 0.3, 0.12, *[0.3] * 8))
        seen = await home.until(after(12))

        assert seen == [(after(4.25), ""), (after(7), "charge"), (after(7.75), "")]


@pytest.mark.parametrize("left", [[], priced(0.3, start=NOW - HOUR)])
async def test_prices_that_are_missing_start_nothing_and_end_nothing(left: list[Any]) -> None:
    """What runs ends at its end."""
    async with house({"night": NIGHT}) as home:
        home.price(*priced(*PRICES))
        await home.until(after(4.25))
        home.price(*left)
        seen = await home.until(after(12))

        assert seen == [(after(4.25), "charge"), (after(5), "")]
        assert "Nothing is planned: the prices of demo are not known for now." in [each.why for each in home.plan()]


async def test_a_retailer_that_fails_for_an_hour_leaves_only_what_is_final() -> None:
    """Its forecasts are too old to act on."""
    async with house({"spike": SPIKE}) as home:
        retailer = home.of(Role.RETAILER)
        home.price(*(each for each in priced(2, channel=Channel.EXPORT)))
        retailer.failing_since = NOW - 2 * HOUR
        assert [each.order is not None for each in home.plan()] == [True]
        home.price(*(attrs.evolve(each, estimate=True) for each in priced(2, channel=Channel.EXPORT)))
        assert [each.order for each in home.plan()] == [None]


async def test_somebody_elses_command_goes_first() -> None:
    """A person's hold is not replaced; the rule goes on once it has ended."""
    async with house({"night": NIGHT}) as home:
        home.price(*priced(*PRICES))
        await home.until(after(3.9))
        await home.battery.hold(until=after(4.5))
        seen = await home.until(after(4.4))
        blocked = home.plan()[0]
        seen += await home.until(after(6))

        # Half an hour of the cheapest is gone: half of the next one stands in for it.
        assert seen == [(after(3.9), "hold"), (after(4.4), "hold"), (after(4.5), "charge"), (after(5.5), "")]
        assert blocked.state is PlanState.REFUSED
        assert "Somebody else's command runs until 22:30 UTC; it goes first." in blocked.note


async def test_an_order_on_its_way_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's order that the vendor answers slowly does not show yet when the window opens: it is not replaced."""
    async with house({"night": NIGHT}) as home:
        home.price(*priced(*PRICES))
        await home.step(after(3.9))
        home.clock.sleep(540)
        command, answered = type(home.battery).command, asyncio.Event()

        async def slow(self: Any, *args: Any, **given: Any) -> Any:
            await answered.wait()
            return await command(self, *args, **given)

        monkeypatch.setattr(type(home.battery), "command", slow)
        person = home.hub.control.controller("http:me", {Role.BATTERY})
        order = Order(operation="hold", until=after(6))
        sending = asyncio.create_task(person.send(home.of(Role.BATTERY), order))
        await asyncio.sleep(0)
        planning = asyncio.create_task(home.step())
        await asyncio.sleep(0.1)
        answered.set()
        await asyncio.gather(sending, planning)
        seen = await home.until(after(5.5))

        assert {mode for _, mode in seen} == {"hold"}
        assert home.sent() == ["http:me: command"]


async def test_what_somebody_released_is_not_ordered_again() -> None:
    """Not before its window is over; the next one is."""
    async with house({"night": NIGHT}) as home:
        home.price(*priced(*PRICES))
        await home.until(after(4.25))
        await home.battery.release()
        seen = await home.until(after(7.5))

        assert seen == [(after(4.25), ""), (after(7), "charge")]


async def test_the_budget_of_a_rule() -> None:
    """After its commands of a day it says so, and sends none."""
    async with house({"night": NIGHT | {"most_writes": 1}}) as home:
        home.price(*priced(*PRICES))
        seen = await home.until(after(12))

        # With one command for two hours it takes the cheapest two in a row.
        assert seen == [(NOW, ""), (after(4), "charge"), (after(6), "")]

        home.price(*priced(*[0.3] * 6, 0.1, *[0.3] * 25, start=after(12)))
        assert [each.why for each in home.plan() if each.order is None] == [
            "Nothing is planned: its commands of 24 hours are used up (most_writes)."
        ]


async def test_the_target_is_reached() -> None:
    """Nothing is sent, and the plan says why."""
    async with house({"night": NIGHT | {"target_soc_pct": 5.0}}) as home:
        home.price(*priced(*PRICES))
        seen = await home.until(after(4.5))

        await home.step()

        assert seen == [(NOW, "")]
        assert home.plan()[0].why == "Nothing is planned: the battery has its 5 %."


async def test_the_charge_is_kept_for_high_prices() -> None:
    """Held before them, and free while they last."""
    async with house({"keep": KEEP}) as home:
        home.price(*priced(0.2, 0.2, 0.2, 0.5, 0.5, 0.2, 0.2))
        seen = await home.until(after(6))

        assert seen == [(NOW, ""), (after(1), "hold"), (after(3), "")]


async def test_it_exports_at_spikes() -> None:
    """And an end that moves on prolongs the command shortly before it would end."""
    async with house({"spike": SPIKE | {"power_w": 2000.0}}) as home:
        home.price(*priced(0.1, 2, 0.1, channel=Channel.EXPORT))
        await home.until(after(1.5))
        command = (await home.battery.active_command()).command
        assert (command.mode, command.until, command.power_w, command.target_soc_pct) == ("export", after(2), 2000, 10)

        home.price(*priced(0.1, 2, 3, 0.1, channel=Channel.EXPORT))
        seen = await home.until(after(3.5))
        assert seen == [(after(1.5), "export"), (after(3), "")]
        assert len(home.sent()) == 2


async def test_two_rules_for_one_battery() -> None:
    """The first one of the file goes first, and the plan of the other says so."""
    async with house({"night": NIGHT, "keep": KEEP | {"hours": 6.0}}) as home:
        home.price(*priced(*PRICES[:9], 0.5, *PRICES[9:]))
        notes = [each.note for each in home.plan() if each.by == "rules.keep"]
        seen = await home.until(after(10))

        charging = [(after(4), "charge"), (after(5), "hold"), (after(7), "charge"), (after(8), "hold")]
        assert seen == [(NOW, ""), (after(3), "hold"), *charging, (after(9), "")]
        assert notes == ["Where both act, rules.night goes first."]


async def test_the_export_limit() -> None:
    """Set while feed-in costs money, and what there was before put back."""
    async with house({"negative": NEGATIVE}) as home:
        await home.inverter.set_export_limit(4000)
        home.price(*priced(0.1, -0.1, -0.2, 0.1, channel=Channel.EXPORT))
        limits = []
        for hours in (0.5, 1.5, 2.9, 3.5):
            await home.step(after(hours))
            limits.append(await home.inverter.export_limit())

        assert limits == [4000, 0, 0, 4000]
        assert home.sent() == ["rules.negative: set_export_limit", "rules.negative: set_export_limit"]


async def test_the_export_limit_after_a_crash() -> None:
    """The next process knows what to put back; where there was none it removes it."""
    async with house({"negative": NEGATIVE}) as home:
        home.price(*priced(-0.1, 0.1, channel=Channel.EXPORT))
        await home.step(after(0.5))
        assert await home.inverter.export_limit() == 0
        home.restart()
        await home.step(after(1.1))

        assert await home.inverter.export_limit() is None


@pytest.mark.parametrize("rules", [{"night": NIGHT}, {"negative": NEGATIVE | {"control": False}}, {"other": NEGATIVE}])
async def test_the_export_limit_of_a_rule_that_is_gone(rules: dict[str, dict[str, Any]]) -> None:
    """After a crash the rule was removed, renamed or lost its right: what it set ends all the same."""
    async with house({"negative": NEGATIVE}) as home:
        home.price(*priced(-0.1, 0.1, channel=Channel.EXPORT))
        await home.step(after(0.5))
        assert await home.inverter.export_limit() == 0
        home.hub.config = attrs.evolve(home.hub.config, rules=parsed(**rules).rules)
        home.restart()
        await home.step(after(1.1))

        assert await home.inverter.export_limit() is None


async def test_a_limit_that_somebody_changed_stays() -> None:
    """It is theirs now."""
    async with house({"negative": NEGATIVE}) as home:
        home.price(*priced(-0.1, 0.1, channel=Channel.EXPORT))
        await home.step(after(0.5))
        await home.inverter.set_export_limit(2500)
        await home.step(after(1.1))

        assert await home.inverter.export_limit() == 2500


async def test_a_stricter_limit_is_left_alone() -> None:
    """A limit of 0 W that is there already needs no command, and is not removed."""
    async with house({"negative": NEGATIVE | {"export_limit_w": 500.0}}) as home:
        await home.inverter.set_export_limit(100)
        home.price(*priced(-0.1, 0.1, channel=Channel.EXPORT))
        await home.step(after(1.1))

        assert await home.inverter.export_limit() == 100
        assert home.sent() == []


async def test_the_limit_is_put_back_when_the_hub_ends() -> None:
    """Also where prices are unknown by then."""
    async with house({"negative": NEGATIVE}) as home:
        home.price(*priced(-0.1, -0.1, channel=Channel.EXPORT))
        await home.step(after(0.5))
        home.price()
        await home.planner._executor.aclose()

        assert await home.inverter.export_limit() is None


async def test_what_a_vendor_cannot_do_is_said() -> None:
    """AlphaESS cannot export by command: the window is shown, refused, with the vendor's note."""
    async with house({"spike": SPIKE}, like="alphaess") as home:
        home.price(*priced(2, 2, channel=Channel.EXPORT))
        await home.step(after(0.5))
        (action,) = home.plan()

        assert action.state is PlanState.REFUSED
        assert action.note.startswith("The battery cannot export: ")
        assert home.sent() == []


async def test_a_home_without_the_device() -> None:
    """A retailer alone has nothing to command."""
    async with house({"night": NIGHT}) as home:
        del home.home.devices[home.of(Role.BATTERY).key]
        home.price(*priced(*PRICES))

        assert [(each.key, each.state) for each in home.plan()] == [(None, PlanState.REFUSED)]


async def test_a_command_that_fails_is_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every minute, and the plan says what happened."""
    async with house({"night": NIGHT}) as home:
        home.price(*priced(*PRICES))
        await home.until(after(3.95))
        tries = []
        command = home.battery.command

        async def failing(*args: Any, **keywords: Any) -> Any:
            tries.append(home.clock.now())
            if len(tries) < 3:
                raise ServiceUnavailable("the vendor is down.", provider="demo")
            return await command(*args, **keywords)

        monkeypatch.setattr(home.battery, "command", failing)
        await home.until(after(4.05))
        assert "the vendor is down" in home.plan()[0].note
        await home.until(after(5))

        assert len(tries) == 3
        assert tries[1] - tries[0] >= MINUTE
        assert tries[2] - tries[1] >= 5 * MINUTE


async def test_a_state_folder_that_cannot_be_written(own_state: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One warning; the rules go on."""
    async with house({"night": NIGHT}) as home:
        (own_state / "rules.json").mkdir(parents=True)
        home.price(*priced(*PRICES))
        with caplog.at_level(logging.WARNING, "openpower.hub"):
            await home.until(after(12))

        assert len(home.sent()) == 2
        assert [each.message for each in caplog.records if "rules.json" in each.message] != []
        assert len([each for each in caplog.records if "rules.json" in each.message]) == 1


def parsed(**rules: dict[str, Any]) -> Any:
    return parse_config({"homes": {"one": {"profiles": ["demo"]}}, "mqtt": {}, "rules": rules}, "x.toml")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"rule": "cheapest", "hours": 2}, "cheapest needs before."),
        ({"rule": "cheapest", "before": "07:00"}, "cheapest needs hours."),
        ({"rule": "cheapest", "hours": 2, "before": "7 am"}, "a time of day of whole minutes"),
        ({"rule": "cheapest", "hours": 0, "before": "07:00"}, "hours is 0; it must be above 0 and at most 24."),
        ({"rule": "cheapest", "hours": 25, "before": "07:00"}, "hours is 25; it must be above 0 and at most 24."),
        ({"rule": "cheapest", "hours": 1, "before": "07:00", "target_soc_pct": 101}, "from 0 to 100"),
        ({"rule": "cheapest", "hours": 1, "before": "07:00", "above": 1}, "cheapest takes no above."),
        ({"rule": "cheapest", "hours": 1, "before": "07:00", "power_w": 0}, "power_w is 0; it must be above 0."),
        ({"rule": "hold_above"}, "hold_above needs above."),
        ({"rule": "export_spike", "above": 1}, "export_spike needs target_soc_pct."),
        ({"rule": "stop_negative_export", "export_limit_w": -1}, "export_limit_w is -1; it must not be negative."),
        ({"rule": "stop_negative_export", "most_writes": 0}, "most_writes is 0; it must be above 0."),
        ({"rule": "cheapest", "hours": 1, "before": "07:00", "home": "two"}, "is for the home 'two'"),
    ],
)
def test_rules_that_cannot_be_meant(rule: dict[str, Any], words: str) -> None:
    """Each is refused with its place."""
    with pytest.raises(ConfigurationError, match=r"\[rules\.mine\] of x\.toml") as error:
        parsed(mine=rule)
    assert words in str(error.value)


def test_two_planners_for_one_home() -> None:
    """Refused if both may command; shown beside each other otherwise."""
    content = {"homes": {"one": {"profiles": ["demo"]}}, "rules": {"n": NIGHT}, "emhass": {"control": True}}
    with pytest.raises(ConfigurationError, match=r"\[rules\.n\] and \[emhass\] of x both command the home 'one'"):
        parse_config(content, "x")
    parse_config(content | {"emhass": {}}, "x")
    parse_config(content | {"rules": {"n": NIGHT | {"control": False}}}, "x")
    parse_config(
        content
        | {
            "homes": {"one": {"profiles": ["demo"]}, "two": {"profiles": ["amber"]}},
            "rules": {"n": NIGHT | {"home": "one"}},
            "emhass": {"control": True, "home": "two"},
        },
        "x",
    )
