"""The integration with an emulated EMHASS: asked at the beginning of each step, and carried out on a simulated home."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from planned_home import NOW, House, house_with, priced
from starlette.responses import JSONResponse, PlainTextResponse, Response

from openpower import Channel, Role
from openpower_core.clock import ScaledClock
from openpower_core.errors import ConfigurationError
from openpower_hub.config_file import parse_config
from openpower_hub.emhass import EMHASS, configuration
from openpower_hub.emhass.client import Client
from openpower_hub.plans import PlanState

from .emulator import Emulator

MINUTE = timedelta(minutes=1)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


class Planned:
    """A home, its emulated EMHASS, and the integration between them."""

    def __init__(self, home: House, server: Emulator) -> None:
        self.home, self.server = home, server

    @property
    def planner(self) -> EMHASS:
        return self.home.planner  # type: ignore[no-any-return]

    async def until(self, at: datetime, *, ask: bool = True) -> list[tuple[datetime, str]]:
        """Go on to a time, asking at the beginning of each step."""
        seen: list[tuple[datetime, str]] = []
        while self.home.clock.now() < at:
            if ask and (self.home.clock.now() - NOW) % QUARTER == timedelta():
                self.level()
                await self.planner.ask(self.home.home)
            for change in await self.home.until(self.home.clock.now() + MINUTE):
                if not seen or seen[-1][1] != change[1]:
                    seen.append(change)
        return seen

    def level(self, soc_pct: float = 50.0) -> None:
        """The battery has this charge, whatever the simulated house did: the emulator plans from it."""
        self.home.set_level(soc_pct)

    def modes(self) -> list[tuple[str, PlanState]]:
        return [(each.order.operation if each.order else "", each.state) for each in self.planner.plan("house")]


@asynccontextmanager
async def planned(
    powers: Any = None, *, like: str | None = None, clock: Any = None, **keys: Any
) -> AsyncGenerator[Planned]:
    servers: list[Emulator] = []

    def planner(hub: Any) -> EMHASS:
        server = servers[0] if servers else Emulator(now=hub.clock.now, **({"powers": powers} if powers else {}))
        servers[:] = [server]
        return EMHASS(hub, client=Client("http://emhass:5000/", transport=httpx.ASGITransport(server.app)))

    options = {"like": like} if like else {}
    async with house_with({"emhass": {"control": True, **keys}}, planner, clock=clock, **options) as home:
        home.price(*priced(*[0.3] * 26), *priced(*[0.05] * 26, channel=Channel.EXPORT))
        await home.step()
        found = Planned(home, servers[0])
        found.level()
        yield found


def charging(number: int) -> tuple[float, float, float]:
    """From the grid in the first two quarters of an hour, then the house from the battery."""
    return (0.0, 400.0, -3000.0) if number < 2 else (0.0, 400.0, 400.0)


async def test_a_plan_is_shown_and_carried_out() -> None:
    """Two steps are one command with one end; after it the battery is automatic without a command."""
    async with planned(charging) as emhass:
        await emhass.planner.ask(emhass.home.home)
        before = emhass.planner.plan("house")
        await emhass.home.step()
        command = (await emhass.home.battery.active_command()).command

        assert [(each.order and each.order.operation, each.end) for each in before] == [
            ("charge", NOW + 2 * QUARTER),
            (None, NOW + 24 * HOUR),
        ]
        assert before[0].why.startswith("It charges with 3000 W, of which 3000 W come from the grid (plan ")
        assert (command.mode, command.until, command.power_w) == ("charge", NOW + 2 * QUARTER, 3000)
        assert emhass.modes() == [("charge", PlanState.RUNNING), ("", PlanState.PLANNED)]


async def test_a_plan_that_says_the_same_again_sends_nothing() -> None:
    """Asked each quarter of an hour, with figures that differ a little: one command, prolonged before its end."""
    async with planned(lambda _: (0.0, 400.0, 0.0)) as emhass:
        seen = await emhass.until(NOW + 2 * HOUR)

        assert seen == [(NOW, "hold")]
        assert emhass.home.sent() == ["emhass: command"]
        assert len(emhass.server.asked) == 8


async def test_it_asks_with_what_is_known() -> None:
    """The level, the limits and the prices of the home."""
    async with planned(final_soc_pct=70.0) as emhass:
        await emhass.planner.ask(emhass.home.home)
        (asked,) = emhass.server.asked

        assert (asked["soc_init"], asked["soc_final"]) == (0.5, 0.7)
        assert (asked["battery_charge_power_max"], asked["battery_discharge_power_max"]) == (5000, 5000)
        assert asked["prediction_horizon"] == 96
        assert set(asked["load_cost_forecast"].values()) == {0.3}
        assert "pv_power_forecast" not in asked


async def test_without_control_it_is_only_shown() -> None:
    """Nothing is sent."""
    async with planned(charging, control=False) as emhass:
        assert await emhass.until(NOW + HOUR) == [(NOW, "")]
        assert "Only shown: control is off." in emhass.planner.plan("house")[0].note or not emhass.modes()[0][0]
        assert emhass.home.sent() == []


async def test_a_plan_is_followed_while_emhass_is_gone_then_released() -> None:
    """For two intervals; its command, which would last for hours, is released then."""
    async with planned(lambda _: (0.0, 400.0, 0.0)) as emhass:
        await emhass.planner.ask(emhass.home.home)
        emhass.server.refusals = [PlainTextResponse("gone", 503)] * 9
        seen = await emhass.until(NOW + HOUR)

        assert seen == [(NOW, "hold"), (NOW + 2 * QUARTER + MINUTE, "")]
        why = emhass.planner.plan("house")[0].why
        assert why == "EMHASS answered 503 with something that is no JSON."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (JSONResponse({"status": "infeasible", "infeasible": True}), "found no plan (infeasible)"),
        (PlainTextResponse("Not Found", 404), "this EMHASS has no dry run"),
        (JSONResponse({"status": "not-run", "errors": ["soc_init is above 1."]}, 400), "refused (400): soc_init"),
        (
            JSONResponse({"status": "not-run", "errors": ["no usable forecast has been saved"]}, 400),
            'set solar = "history"',
        ),
        (PlainTextResponse("[", 200), "no JSON"),
        (PlainTextResponse("[" + "1," * 2_100_000 + "1]", 200), "is longer than 4000000 bytes"),
    ],
)
async def test_answers_that_are_no_plan(answer: Response, words: str) -> None:
    """The plan says why there is none, and nothing is sent."""
    async with planned(charging) as emhass:
        emhass.server.refusals = [answer]
        await emhass.planner.ask(emhass.home.home)
        await emhass.home.step()
        (action,) = emhass.planner.plan("house")

        assert words in action.why
        assert action.state is PlanState.REFUSED
        assert emhass.home.sent() == []


async def test_emhass_plans_for_one_at_a_time() -> None:
    """429 is asked again once."""
    async with planned(charging) as emhass:
        emhass.server.refusals = [JSONResponse({"status": "not-run"}, 429, headers={"Retry-After": "2"})]
        await emhass.planner.ask(emhass.home.home)

        assert len(emhass.server.asked) == 2
        assert emhass.modes()[0] == ("charge", PlanState.PLANNED)


async def test_its_own_tariff_is_refused() -> None:
    """The fall-back that it does not report."""
    async with planned(charging) as emhass:
        emhass.server.tariff = 0.1419
        await emhass.planner.ask(emhass.home.home)

        assert "used other prices than were sent" in emhass.planner.plan("house")[0].why


async def test_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    """One warning, however often it is tried."""
    async with planned() as emhass:
        planner = EMHASS(emhass.home.hub, client=Client("http://127.0.0.1:1"))
        with caplog.at_level(logging.WARNING, "openpower.hub"):
            for _ in range(3):
                await planner.ask(emhass.home.home)

        assert [record.message for record in caplog.records] == [
            "house: EMHASS at http://127.0.0.1:1 cannot be reached (ConnectError). Is it running?"
        ]


async def test_a_level_far_from_the_plan() -> None:
    """16 points: it is not followed, what it ordered is released, and it is asked again."""
    async with planned(lambda _: (0.0, 400.0, 0.0)) as emhass:
        await emhass.planner.ask(emhass.home.home)
        await emhass.home.step()
        emhass.level(66)
        await emhass.planner.carry_out(emhass.home.home)

        assert await emhass.home.battery.active_command() is None
        assert "more than 15 points away" in emhass.planner.plan("house")[0].why


async def test_an_unknown_level() -> None:
    """Nothing is asked, nothing is ordered, and what runs ends by itself."""
    async with planned(lambda _: (0.0, 400.0, 0.0)) as emhass:
        await emhass.planner.ask(emhass.home.home)
        await emhass.home.step()
        emhass.home.of(Role.BATTERY).reading = None
        await emhass.planner.ask(emhass.home.home)
        await emhass.planner.carry_out(emhass.home.home)

        assert (await emhass.home.battery.active_command()).command.mode == "hold"
        assert "the charge of the battery is unknown" in emhass.planner.plan("house")[0].why


async def test_prices_that_are_missing() -> None:
    """It is not asked."""
    async with planned() as emhass:
        emhass.home.price()
        await emhass.planner.ask(emhass.home.home)

        assert emhass.server.asked == []
        assert "the prices of demo are not known for now" in emhass.planner.plan("house")[0].why


async def test_what_the_battery_cannot_do() -> None:
    """AlphaESS cannot export by command: it stays automatic, and the plan says so."""
    async with planned(lambda _: (0.0, 400.0, 3000.0), like="alphaess") as emhass:
        await emhass.planner.ask(emhass.home.home)
        await emhass.home.step()
        action = emhass.planner.plan("house")[0]

        assert action.state is PlanState.REFUSED
        assert action.note.startswith("The battery cannot export: ")
        assert emhass.home.sent() == []


async def test_curtailment_is_a_limit_of_export() -> None:
    """As far as the inverter has one, and it is put back."""
    async with planned(lambda _: (3000.0, 400.0, 0.0)) as emhass:
        emhass.server.records = {number: {"P_PV_curtailment": 2600.0, "P_grid": 0.0} for number in range(2)}
        await emhass.planner.ask(emhass.home.home)
        await emhass.home.step()
        assert await emhass.home.inverter.export_limit() == 0

        emhass.server.records = {}
        await emhass.until(NOW + 3 * QUARTER)
        assert await emhass.home.inverter.export_limit() is None


async def test_a_restart_commands_nothing_twice() -> None:
    """The next process finds its command in the state folder."""
    async with planned(lambda _: (0.0, 400.0, 0.0)) as emhass:
        await emhass.until(NOW + 2 * MINUTE)
        emhass.home.restart()
        emhass.level()
        await emhass.planner.ask(emhass.home.home)
        await emhass.home.step()

        assert emhass.home.sent() == ["emhass: command"]


async def test_forecasts_of_the_history() -> None:
    """What the house did at the same time of the last week, for each step; what was not recorded is left to EMHASS."""
    from openpower_hub.history.cells import Cell

    class Store:
        async def series(self, key: str, figure: str, start: datetime, end: datetime, *, step: timedelta) -> list[Cell]:
            if figure == "pv_w":
                return []
            assert end - start == timedelta(days=7)
            return [
                Cell(start=end - (n + 1) * step, end=end - n * step, mean=500.0)
                for n in range(int(timedelta(days=1) / step))
            ]

    class History:
        store = Store()

    async with planned(solar="history") as emhass:
        emhass.home.hub.integrations["history"] = History()  # type: ignore[assignment]
        await emhass.planner.ask(emhass.home.home)
        (asked,) = emhass.server.asked

        assert set(asked["load_power_forecast"].values()) == {500.0}
        assert len(asked["load_power_forecast"]) == 96
        assert "pv_power_forecast" not in asked
        note = "The forecast of solar is EMHASS's: less than a day of it was recorded."
        assert note in emhass.planner.plan("house")[0].note


async def test_the_integration_runs() -> None:
    """It asks at once, then at the beginning of each step, and ends in order."""
    async with planned(lambda _: (0.0, 400.0, 0.0), clock=ScaledClock(NOW + 14 * MINUTE, 20)) as emhass:
        home = emhass.home
        home.of(Role.BATTERY).interval = HOUR  # what is read here goes by the clock of the test
        running = asyncio.ensure_future(emhass.planner.run())
        for _ in range(600):
            await asyncio.sleep(0.05)
            if len(emhass.server.asked) > 1:
                break
        await asyncio.sleep(0.1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        first = [next(iter(asked["load_cost_forecast"])) for asked in emhass.server.asked]
        assert first == ["2026-11-28T18:00:00+00:00", "2026-11-28T18:15:00+00:00"]
        assert home.sent() == ["emhass: command"]


async def test_its_configuration() -> None:
    """From nameplates; what is unknown is named."""
    async with planned() as emhass:
        await emhass.home.battery.apply_settings(reserve_soc_pct=20)
        await emhass.home.inverter.set_export_limit(4000)
        found = await configuration(emhass.home.home)

        assert {
            "optimization_time_step": 15,
            "set_use_battery": True,
            "battery_nominal_energy_capacity": 13300,
            "battery_charge_power_max": 5000,
            "battery_discharge_power_max": 5000,
            "battery_minimum_state_of_charge": 0.2,
            "battery_maximum_state_of_charge": 1.0,
            "set_nodischarge_to_grid": False,
            "set_use_pv": True,
            "inverter_is_hybrid": True,
            "inverter_ac_output_max": 6000,
            "maximum_power_to_grid": 4000,
            "number_of_deferrable_loads": 0,
        }.items() <= found.settings.items()
        assert json.loads(found.text) == found.settings
        assert any("maximum_power_from_grid" in note for note in found.notes)

        await emhass.home.inverter.set_export_limit(None)
        without = await configuration(emhass.home.home)
        assert "maximum_power_to_grid" not in without.settings
        assert any(note.startswith("maximum_power_to_grid is EMHASS's default: ") for note in without.notes)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"interval": "7 min"}, "interval must be 5, 10, 15, 20, 30, 60 min."),
        ({"horizon": "1 h"}, "horizon must be from 2 h to 48 h."),
        ({"final_soc_pct": 101}, "final_soc_pct is 101; it must be from 0 to 100."),
        ({"solar": "mine"}, "it must be 'emhass' or 'history'."),
        ({"most_writes": 0}, "most_writes is 0; it must be above 0."),
    ],
)
def test_keys_that_cannot_be_meant(keys: dict[str, Any], words: str) -> None:
    """Each is refused with its place."""
    with pytest.raises(ConfigurationError, match=r"\[emhass\] of x") as error:
        parse_config({"emhass": keys}, "x")
    assert words in str(error.value)
