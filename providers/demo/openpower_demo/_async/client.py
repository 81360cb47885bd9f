"""The simulated home's own API."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from openpower_core import provider as core
from openpower_demo.mapping import WRITES, battery_info, device_info, inverter_info
from openpower_demo.models import Charging, Current, Currents, ExportLimit, Program

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from openpower_demo.client import World
    from openpower_simulation import Average, House, MarketInterval, Metered, Snapshot


class AsyncDemoHome(core.AsyncNativeClient):
    """What the maker of the simulated home would offer: its state, its series, its settings, its market.

    Writes obey guards and the audit, like those of any vendor, and hold at once.
    """

    _arguments: ClassVar[Mapping[str, core.Converter]] = {
        "start": core.instant,
        "end": core.instant,
        "resolution": core.step,
        "program": core.instance_of(Program),
        "settings": core.instance_of(core.BatterySettings),
        "limit_w": core.or_none(lambda value, name: core.count(value, name, high=10**9)),
        "charging": core.instance_of(Charging),
        "currents": core.instance_of(Currents),
    }
    gate: core.AsyncNativeGate
    """Guards, budget and audit of writes; set by the connection that it belongs to."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def aclose(self) -> None:
        """Nothing is kept open."""

    @property
    def house(self) -> House:
        """The house itself, to look at more than any vendor tells."""
        return self._world.house

    @property
    def serial(self) -> str:
        """The serial number of the box."""
        return self._world.serial

    def now(self) -> datetime:
        """The time on the home's clock (UTC)."""
        return self._world.now()

    async def status(self) -> Snapshot:
        """The current state of the home."""
        return self._world.house.at(self._world.now())

    async def history(self, start: datetime, end: datetime) -> list[Average]:
        """Five-minute averages in ``[start, end)``; it reaches two years back."""
        return self._world.house.history(start, end, now=self._world.now())

    async def get_market(
        self, start: datetime | None = None, end: datetime | None = None, *, resolution: timedelta | None = None
    ) -> list[MarketInterval]:
        """The spot market's intervals; without times, from now to the end of the forecast."""
        return self._world.intervals(start, end, resolution=resolution)

    async def get_metered(self, start: datetime, end: datetime) -> list[Metered]:
        """What the meter counted per billed interval; a day is published at 06:00 the next morning."""
        return self._world.metered(start, end)

    async def get_program(self) -> Program:
        """What the battery follows."""
        return self._world.program()

    async def set_program(self, program: Program) -> None:
        """Make the battery follow another schedule or command."""
        info = battery_info(self._world)
        await self._send(info, "set_program", "program", program)

    async def get_battery_settings(self) -> core.BatterySettings:
        """The battery's settings."""
        return self._world.settings()

    async def set_battery_settings(self, settings: core.BatterySettings) -> None:
        """Change the battery's settings; None leaves one as it is."""
        info = battery_info(self._world)
        await self._send(info, "set_battery_settings", "settings", settings)

    async def get_export_limit(self) -> int | None:
        """The most that the house gives to the grid (W); None for no limit."""
        return self._world.export_limit().limit_w

    async def set_export_limit(self, limit_w: int | None) -> None:
        """Limit what the house gives to the grid (W)."""
        info, limit = inverter_info(self._world), ExportLimit(limit_w=limit_w)
        await self._send(info, "set_export_limit", "export_limit", limit)

    async def get_charging(self) -> Charging:
        """Whether the car may charge."""
        return self._world.charging()

    async def set_charging(self, charging: Charging) -> None:
        """Let the car charge, or not; once it has left, it may again."""
        info = device_info(self._world, core.Role.EV_CHARGER)
        await self._send(info, "set_charging", "charging", charging)

    async def get_currents(self) -> Currents:
        """The limits of the charging point and of the site (A)."""
        return self._world.currents()

    async def set_currents(self, currents: Currents) -> None:
        """Limit the charging point and the site (A)."""
        info = device_info(self._world, core.Role.EV_CHARGER)
        await self._send(info, "set_currents", "currents", currents)

    async def _send(self, info: core.DeviceInfo, method: str, budget: str, value: Current) -> None:
        async def call() -> None:
            self._world.put(value)

        arguments = core.to_dict(value)
        await self.gate.send(info, method, arguments, call, budget=budget, limits=WRITES)
