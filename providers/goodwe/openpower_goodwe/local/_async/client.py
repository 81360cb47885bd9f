"""The native API of the local network: the library's calls with our time-outs, errors, limits and guards."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from openpower_core import provider as core
from openpower_goodwe.local import control
from openpower_goodwe.local.client import adapter
from openpower_goodwe.local.client.adapter import UDP_PORT, RawWork, Sensor, Work
from openpower_goodwe.local.client.loops import AsyncLoop
from openpower_goodwe.local.client.session import Session
from openpower_goodwe.local.models import Facts, Family, RuntimeData

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpower_goodwe.local.client.transport import Exchange

T = TypeVar("T")

MIN_POLL_S: Final = 30.0
"""Minimum time between two full readings of one inverter, over all connections: polled every few seconds, some dongles stop reporting to SEMS
(HA core#101817: 10 minutes were fine, 151 s on some; evcc#13696)."""


class AsyncGoodWeLocal(core.AsyncNativeClient):
    """One GoodWe inverter on the local network.

    Names, arguments and signs are those of the library ``goodwe``, whose object is :attr:`inverter`; with it go
    time-outs, one request at a time for each inverter in this process, a least time between two full readings,
    and errors of openpower's tree. What writes is sent once, never again.

    Args:
        host: the inverter's address.
        port: 8899 (UDP), or 502 for Modbus TCP.
        family: ``"ET"``, ``"ES"`` or ``"DT"``; None detects it.
        protocol: ``"udp"`` or ``"tcp"``; None derives it from the port.
        unit: its Modbus address, where it was changed.
        transport: an :class:`Exchange` that replaces the network.
        timeout: how long a call may take (s), not counting the wait for other calls.
        answer_within: how long each try waits for its response (s); reads are tried three times.
        min_poll: the minimum time between two full readings (s), over all connections of the process.
        clock: replaces the system's clock.
    """

    _arguments: ClassVar[Mapping[str, core.Converter]] = {
        "work": partial(core.with_method, method="__call__"),
        "operation": core.text,
        "write": core.flag,
        "max_age": core.span,
        "sensor_id": core.text,
        "setting_id": core.text,
        "export_limit": core.count,
        "include_emulated": core.flag,
        "eco_mode_power": partial(core.count, high=100),
        "eco_mode_soc": partial(core.count, high=100),
        "operation_mode": adapter.operation_mode,
        "ems_mode": adapter.ems_mode,
        "ems_power_limit": core.count,
        "dod": partial(core.count, high=89),
        "command": core.instance_of(bytes),
    }

    def __init__(
        self,
        host: str,
        port: int = UDP_PORT,
        *,
        family: Family | str | None = None,
        protocol: str | None = None,
        unit: int | None = None,
        transport: Exchange | None = None,
        timeout: core.Span = 30.0,
        answer_within: core.Span = 1.0,
        min_poll: core.Span = MIN_POLL_S,
        clock: core.Clock = core.SYSTEM_CLOCK,
    ) -> None:
        adapter.load()
        self.clock = clock
        self.min_poll = min_poll = core.span(min_poll, "min_poll").total_seconds()
        self.gate: core.AsyncNativeGate | None = None
        """Guards, budget and audit of native writes; set by the connection."""
        self._inverter_session = Session(
            core.host(host, "host"),
            core.count(port, "port", low=1, high=65535),
            protocol=_protocol(protocol),
            family=_family(family),
            unit=None if unit is None else core.count(unit, "unit", high=255),
            exchange=None if transport is None else core.with_method(transport, "transport", "ask"),
            timeout=core.seconds(timeout, "timeout"),
            answer_within=core.seconds(answer_within, "answer_within"),
            clock=clock,
        )
        self._loop = AsyncLoop()
        self._runtime = core.AsyncSharedFetch(self._poll, max_age=timedelta(seconds=min_poll), clock=clock)
        self._facts: Facts | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._inverter_session.host}:{self._inverter_session.port}>"

    async def aclose(self) -> None:
        """Close the connection."""
        self._inverter_session.close()
        await self._loop.aclose()

    @property
    def inverter(self) -> Any:
        """The library's own object (``goodwe.Inverter``); None before the first call.

        Await its coroutines inside :meth:`run`, on the right loop; requests that write are guarded there as well.
        """
        return self._inverter_session.inverter

    @property
    def family(self) -> Family | None:
        """The inverter's family, once it is known."""
        return self._inverter_session.family

    async def run(self, work: Work[T], *, write: bool = False, operation: str = "run") -> T:
        """Run something of your own on the library's object: ``run(lambda inverter: inverter.get_operation_mode())``.

        Args:
            work: takes the library's object, and gives an awaitable.
            write: whether it may change something; without it, requests that would are not sent.
            operation: what it is called in messages and in the audit.
        """
        if not write:
            return await self._call(operation, work)
        return await self._write(operation, {}, work, control.CONTROL_BUDGET)

    async def read_device_info(self) -> Facts:
        """What the inverter is; read until all of it is known."""
        if self._facts is None or not self._facts.slots_known:
            self._facts = await self._loop.run(self._inverter_session.facts)
        return self._facts

    async def read_runtime_data(self, *, max_age: core.Span | None = None) -> RuntimeData:
        """All sensors. A response that is younger than ``max_age`` (``min_poll`` without it) is given again.

        A fresh one (``timedelta(0)``) waits until the inverter may be asked.
        """
        return (await self.fetch(max_age)).value

    async def fetch(self, max_age: core.Span | None = None) -> core.Fetched[RuntimeData]:
        """Like :meth:`read_runtime_data`, with the time at which the response came."""
        return await self._runtime.get(max_age)

    def ask_again(self) -> None:
        """Have the next call identify the inverter anew, and the next reading ask for what it seemed not to have."""
        self._facts = None
        if self._inverter_session.blocks.incomplete:
            self.forget()  # what it lacked would be missing in the reading that is kept as well
        self._inverter_session.ask_again()

    def forget(self) -> None:
        """Have the next reading ask the inverter again, as after a write."""
        self._runtime.clear()

    async def read_sensor(self, sensor_id: str) -> Any:
        """One sensor by its id, or ``modbus-35140`` for a register."""
        return await self._call("read_sensor", lambda inverter: inverter.read_sensor(sensor_id))

    async def read_setting(self, setting_id: str) -> Any:
        """One setting by its id, or ``modbus-47000`` for a register."""
        return await self._call("read_setting", lambda inverter: inverter.read_setting(setting_id))

    async def read_settings_data(self) -> dict[str, Any]:
        """All settings; None for those that this inverter does not have."""
        return await self._call("read_settings_data", adapter.read_settings)

    async def write_setting(self, setting_id: str, value: Any) -> None:
        """Write one setting. Beware: many are for installers, and the inverter does not check them."""
        facts = await self.read_device_info()
        if setting_id.startswith("eco_mode_"):
            facts.check_slots_known()
        offsets = {setting.id_: setting.offset for setting in await self.settings()}
        adapter.check_setting(facts.family, setting_id, offsets)
        await self._write(
            "write_setting",
            {"setting_id": setting_id, "value": str(value)},
            lambda inverter: inverter.write_setting(setting_id, value),
            setting_id,
        )

    async def sensors(self) -> Sequence[Sensor]:
        """What it can be asked."""
        return await self._call("sensors", adapter.sensors)

    async def settings(self) -> Sequence[Sensor]:
        """What can be set."""
        return await self._call("settings", adapter.settings)

    async def get_grid_export_limit(self) -> int:
        """The export limit, in W or (three-phase DT) as a percentage; whether it is on is the setting ``grid_export``."""
        return await self._call("get_grid_export_limit", lambda inverter: inverter.get_grid_export_limit())

    async def set_grid_export_limit(self, export_limit: int) -> None:
        """Set the export limit, and switch it on (the library alone does not)."""
        facts = await self.read_device_info()
        core.count(export_limit, "export_limit", high=0xFFFFFFFF if facts.family is Family.DT else 0xFFFF)

        enable = facts.family is not Family.ES
        await self._write(
            "set_grid_export_limit",
            {"export_limit": export_limit},
            lambda inverter: adapter.set_export_limit(inverter, export_limit, enable=enable),
            control.EXPORT_BUDGET,
        )

    async def get_operation_modes(self, include_emulated: bool = False) -> tuple[Any, ...]:
        """The work modes that it has (``goodwe.OperationMode``)."""
        return await self._call("get_operation_modes", lambda inverter: inverter.get_operation_modes(include_emulated))

    async def get_operation_mode(self) -> Any:
        """The work mode it is in (``goodwe.OperationMode``)."""
        return await self._call("get_operation_mode", lambda inverter: inverter.get_operation_mode())

    async def set_operation_mode(self, operation_mode: Any, eco_mode_power: int = 100, eco_mode_soc: int = 100) -> None:
        """Set the work mode. ECO_CHARGE and ECO_DISCHARGE overwrite the first eco slot and switch the others off:
        the unified battery's ``command`` puts them back, this does not.
        """
        mode = operation_mode
        if mode.name.startswith("ECO"):
            (await self.read_device_info()).check_slots_known()
        await self._write(
            "set_operation_mode",
            {"mode": mode.name, "power": eco_mode_power, "soc": eco_mode_soc},
            lambda inverter: inverter.set_operation_mode(mode, eco_mode_power, eco_mode_soc),
            control.CONTROL_BUDGET,
        )

    async def get_ems_mode(self) -> Any:
        """The EMS mode (``goodwe.EMSMode``; ET family)."""
        return await self._call("get_ems_mode", lambda inverter: inverter.get_ems_mode())

    async def set_ems_mode(self, ems_mode: Any, ems_power_limit: int | None = None) -> None:
        """Set the EMS mode and its power (W; ET family); 0 W is written too, which the library leaves out."""
        if (await self.read_device_info()).family is not Family.ET:
            raise core.Unsupported(
                "EMS modes exist in the ET family only.",
                feature="set_ems_mode",
                provider="goodwe-local",
                alternatives=("set_operation_mode",),
            )
        mode = ems_mode
        if ems_power_limit is not None:
            core.count(ems_power_limit, "ems_power_limit", high=0xFFFF)

        await self._write(
            "set_ems_mode",
            {"mode": mode.name, "power": ems_power_limit},
            lambda inverter: adapter.set_ems_mode(inverter, mode.value, ems_power_limit),
            control.CONTROL_BUDGET,
        )

    async def get_ongrid_battery_dod(self) -> int:
        """How deep the battery is discharged while the grid is there (%)."""
        return await self._call("get_ongrid_battery_dod", lambda inverter: inverter.get_ongrid_battery_dod())

    async def set_ongrid_battery_dod(self, dod: int) -> None:
        """Set how deep the battery may be discharged while the grid is there: 0–89 %."""
        core.count(dod, "dod", high=89)
        await self._write(
            "set_ongrid_battery_dod",
            {"dod": dod},
            lambda inverter: inverter.set_ongrid_battery_dod(dod),
            control.RESERVE_BUDGET,
        )

    async def start(self) -> None:
        """Have a grid-tied inverter (DT family) feed in again."""
        await self._switch("start")

    async def stop(self) -> None:
        """Have a grid-tied inverter (DT family) stop feeding in; it may start again by itself within minutes."""
        await self._switch("stop")

    async def restart(self) -> None:
        """Restart a grid-tied inverter (DT family)."""
        await self._switch("restart")

    async def send_command(self, command: bytes, *, write: bool = False) -> bytes:
        """Send bytes of your own, checksum included, and give the answer as it comes."""
        if not write:
            return await self._call("send_command", lambda inverter: adapter.send(inverter, command))
        arguments = {"command": command.hex()}
        return await self._write(
            "send_command", arguments, lambda inverter: adapter.send(inverter, command), control.CONTROL_BUDGET
        )

    async def raw(self, operation: str, work: RawWork[T], *, write: bool = False) -> T:
        """Run something on the registers; what the unified devices use."""
        return await self._loop.run(lambda: self._inverter_session.raw(operation, work, write=write))

    async def _switch(self, setting: str) -> None:
        if (await self.read_device_info()).family is not Family.DT:
            raise core.Unsupported(
                f"only grid-tied inverters (DT) take the order {setting!r}.", feature=setting, provider="goodwe-local"
            )
        # 0, as Home Assistant's integration writes; writing to the register at all is the command.
        await self._write(setting, {}, lambda inverter: inverter.write_setting(setting, 0), "power_switch")

    async def _call(self, operation: str, work: Work[T], *, write: bool = False) -> T:
        return await self._loop.run(lambda: self._inverter_session.call(operation, work, write=write))

    async def _write(self, operation: str, arguments: dict[str, Any], work: Work[T], budget: str) -> T:
        if self.gate is None:
            result = await self._call(operation, work, write=True)
        else:
            result = await self.gate.send(
                await self._info(),
                operation,
                arguments,
                lambda: self._call(operation, work, write=True),
                budget=budget,
                limits=control.LIMITS,
            )
        self.forget()
        return result

    async def _info(self) -> core.InverterInfo:
        facts = await self.read_device_info()
        return core.InverterInfo(
            id=f"{facts.serial}/inverter", provider="goodwe-local", serial=facts.serial, role=core.Role.INVERTER
        )

    async def _poll(self) -> RuntimeData:
        # The place in the queue is taken before waiting: several connections to one inverter poll in turn.
        pause = self._inverter_session.lock.pause(self.clock, self.min_poll)
        if pause > 0:
            await self.clock.asleep(pause)
        return await self._loop.run(self._inverter_session.runtime)


def _family(name: Any) -> Family | None:
    if name is None:
        return None
    return Family(core.choice(name.upper() if isinstance(name, str) else name, "family", tuple(map(str, Family))))


def _protocol(name: str | None) -> str | None:
    return None if name is None else core.choice(name, "protocol", ("udp", "tcp"))
