# Generated from devices.py by openpower_testing; do not edit.
"""The devices behind an inverter: one shared reading, the settings that can be written, and their discovery."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve

from openpower_core import provider as core
from openpower_goodwe.local import control, mapping
from openpower_goodwe.local._sync.client import MIN_POLL_S, GoodWeLocal
from openpower_goodwe.local.client.adapter import UDP_PORT, RawWork
from openpower_goodwe.local.control import registers
from openpower_goodwe.local.control.program import ENDED, ControlState, Planner
from openpower_goodwe.local.control.registers import BatteryRegisters, Change, ExportLimit, limit_w, plan_export

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openpower_goodwe.local.models import Facts, RuntimeData

Current = TypeVar("Current")
R = TypeVar("R", bound=core.Reading)


class Registers(core.Setting[Current]):
    """A setting in some registers; only registers that differ are written.

    Args:
        name: the setting's name.
        native: the inverter.
        facts: what it is and has.
        get: reads the registers.
        changes: the registers to write, for the wanted value and the current one.
        row: the rest of the row; see :class:`Setting`.
    """

    def __init__(
        self,
        name: str,
        native: GoodWeLocal,
        facts: Facts,
        get: RawWork[Current],
        changes: Callable[[Facts, Current, Current], list[Change]],
        **row: Any,
    ) -> None:
        self._native = native
        self._facts = facts
        self._get = get
        self._changes = changes
        super().__init__(name, read=self._fetch, writes=self._planned, limits=control.LIMITS, **row)

    def _fetch(self) -> Current:
        return self._native.raw(f"read {self.name}", self._get)

    def _planned(self, document: Current, current: Current) -> list[core.PlannedCall]:
        return [self._one(change) for change in self._changes(self._facts, document, current)]

    def _one(self, change: Change) -> core.PlannedCall:
        name, address, data = change
        call = core.NativeCall(method=name, arguments={"address": address, "data": data.hex()})
        return core.PlannedCall(call=call, send=lambda: self._write_one(change))

    def _write_one(self, change: Change) -> None:
        try:
            self._native.raw(
                f"write {self.name}", lambda link: registers.write(link, self._facts, [change]), write=True
            )
        finally:
            # Also after an error: some of it may have been taken.
            self._native.forget()


class BatteryControl(Registers[ControlState]):
    """Work mode, EMS mode, fast charging and eco slots: all that decides what the battery does."""

    def __init__(self, native: GoodWeLocal, facts: Facts, planner: Planner) -> None:
        self._planner = planner
        super().__init__(
            "battery_control",
            native,
            facts,
            lambda link: registers.read_control(link, facts),
            registers.changes,
            plan=planner.draft,
            budget=control.CONTROL_BUDGET,
            not_applied_hint=(
                "The inverter accepted the settings and now has others: another controller (SolarGo, a meter, a DRED relay) "
                "may have put them back, or the firmware is too old for them."
            ),
        )

    def shown(self, document: ControlState) -> core.Schedule:
        """The eco slots, in the inverter's wall-clock time; no windows unless the work mode is eco."""
        return self._planner.schedule(document)

    def dump(self, document: ControlState) -> Any:
        """Plain data."""
        return document.to_json()

    def load(self, data: Any) -> ControlState:
        """What :meth:`dump` gave."""
        return ControlState.of_json(data)

    def with_fields(self, document: ControlState, fields: Mapping[str, Any]) -> ControlState:
        """The document with other values in some of its fields."""
        return document.with_fields(fields)

    def same(self, field: str, current: Any, wanted: Any) -> bool | None:  # noqa: ARG002
        """All of it can be read; fast charging that has reached its target has ended by itself."""
        return bool(current == wanted) or (current == ENDED and isinstance(wanted, bool))


class BatterySettings(Registers[BatteryRegisters]):
    """The minimum state of charge while the grid is there, and the limits of the battery's power.

    Args:
        native: the inverter.
        facts: what it is and has.
        limits: whether it may have registers for the limits.
        second: whether there is a battery at its second connection, whose reserve cannot be set.
    """

    def __init__(self, native: GoodWeLocal, facts: Facts, *, limits: bool, second: bool) -> None:
        self._limits = limits
        super().__init__(
            "battery_settings",
            native,
            facts,
            lambda link: registers.read_battery(link, facts, limits=self._limits),
            registers.battery_changes,
            plan=partial(registers.plan_battery, second=second),
            budget=control.RESERVE_BUDGET,
        )

    def _fetch(self) -> BatteryRegisters:
        try:
            return super()._fetch()
        except core.Unsupported:
            if not self._limits:
                raise
            self._limits = False  # this firmware does not have their registers
            return super()._fetch()

    def shown(self, document: BatteryRegisters) -> core.BatterySettings:
        """Its reserve and, in the ET family, the limits of its power as far as they are known."""
        return core.BatterySettings(
            reserve_soc_pct=document.battery_discharge_depth, power_limits=document.power_limits
        )

    def dump(self, document: BatteryRegisters) -> Any:
        """Plain data."""
        return document.to_json()

    def load(self, data: Any) -> BatteryRegisters:
        """What :meth:`dump` gave."""
        return BatteryRegisters(**data)

    def with_fields(self, document: BatteryRegisters, fields: Mapping[str, Any]) -> BatteryRegisters:
        """The document with other values in some of its fields."""
        return evolve(document, **fields)


class ExportControl(Registers[ExportLimit]):
    """The export limit and its switch."""

    def __init__(self, native: GoodWeLocal, facts: Facts) -> None:
        super().__init__(
            "export_limit",
            native,
            facts,
            lambda link: registers.read_export_limit(link, facts),
            registers.export_changes,
            kind=ExportLimit,
            plan=self._limited,
            budget=control.EXPORT_BUDGET,
        )

    def _limited(self, current: ExportLimit, limit_w: float | None) -> core.Draft[ExportLimit]:
        return plan_export(current, limit_w, self._facts)

    def shown(self, document: ExportLimit) -> float | None:
        """The most power it may give to the grid (W); None while it is not limited."""
        return limit_w(document, self._facts)

    def same(self, field: str, current: Any, wanted: Any) -> bool | None:  # noqa: ARG002
        """A number that the register does not show may be any."""
        return None if current is None and wanted is not None else bool(current == wanted)


class Box:
    """One inverter, shared by its devices."""

    def __init__(
        self, native: GoodWeLocal, facts: Facts, context: core.Context, parts: core.Parts, lost: set[str]
    ) -> None:
        self.native = native
        self.facts = facts
        self.context = context
        self._parts = parts
        self._lost = lost

    def reading(self, make: Callable[[RuntimeData, Facts, core.Stamp], R]) -> Callable[[core.Span | None], R]:
        """How one of its devices is read; one request to the inverter serves them all."""

        def read(max_age: core.Span | None) -> R:
            fetched = self.native.fetch(max_age)
            data = fetched.value
            self.note(data)
            measured, issues = mapping.to_measured_at(data.get("timestamp"), self.context.tz, fetched.received_at)
            reading = make(data, self.facts, fetched.stamp(measured_at=measured, source="read_runtime_data"))
            return evolve(reading, issues=(*reading.issues, *issues)) if issues else reading

        return read

    def note(self, data: RuntimeData) -> None:
        """Keep which blocks could not be read among the failures of the connection, each logged once lost and once back."""
        lost = {f"{core.mask(self.facts.serial)}, registers from {at} on": why for at, why in data.failures.items()}
        for part, why in lost.items():
            self._parts.failed(part, core.PartialData(f"{why}."))
        for part in self._lost - set(lost):
            self._parts.recovered(part)
        self._lost.clear()
        self._lost.update(lost)

    def paced(self, capabilities: core.Capabilities) -> core.Capabilities:
        """The same with how often the inverter is asked at most."""
        return evolve(capabilities, interval=timedelta(seconds=max(1.0, self.native.min_poll)))


def connect(
    context: core.Context,
    *,
    host: str,
    port: int = UDP_PORT,
    protocol: str | None = None,
    family: str | None = None,
    unit: int | None = None,
    min_poll: float = MIN_POLL_S,
    answer_within: float = 1.0,
) -> LocalBackend:
    """Make the backend of a connection; no request is sent yet."""
    context.refuse("base_url", hint="Its protocol is not HTTP: give host= and port=.")
    native = GoodWeLocal(
        host,
        port,
        protocol=protocol,
        family=family,
        unit=unit,
        transport=context.transport,
        timeout=context.timeout,
        answer_within=answer_within,
        min_poll=min_poll,
        clock=context.clock,
    )
    return LocalBackend(native, context)


class LocalBackend(core.BaseBackend[GoodWeLocal]):
    """One inverter and the devices behind it."""

    def __init__(self, native: GoodWeLocal, context: core.Context) -> None:
        super().__init__(native, context)
        native.gate = self.writer.native
        self._lost = set[str]()
        """Blocks that could not be read last; discoveries share it, so that one notices what is back since the last."""

    def discover(self) -> list[core.Device]:
        """Identify the inverter, and read it once to see what is connected to it."""
        self.native.ask_again()
        facts = self.native.read_device_info()
        data = self.native.read_runtime_data()
        box = Box(self.native, facts, self.context, self.parts, self._lost)
        box.note(data)
        with self.parts.attempt(f"{core.mask(facts.serial)}, eco slots"):
            facts.check_slots_known()
        devices: list[core.Device] = [
            core.BaseInverter(
                mapping.to_inverter_info(facts, self.context.tz),
                capabilities=box.paced(mapping.inverter_capabilities(facts)),
                backend=self,
                read=box.reading(mapping.to_inverter_reading),
                export_limit=ExportControl(self.native, facts),
            )
        ]
        if mapping.has_battery(data):
            devices.append(self._battery(box, second=mapping.has_second(data)))
        if mapping.has_meter(data, facts):
            info, can = mapping.to_meter_info(facts, self.context.tz), box.paced(mapping.meter_capabilities())
            read = box.reading(mapping.to_meter_reading)
            devices.append(core.BaseMeter(info, capabilities=can, backend=self, read=read))
        return devices

    def _battery(self, box: Box, *, second: bool) -> core.Battery:
        features = mapping.battery_capabilities(box.facts, second=second)
        limits = bool(features[core.Feature.POWER_LIMITS])
        planner = Planner(box.facts, self.context.tz, self.context.clock)
        return core.BaseBattery(
            mapping.to_battery_info(box.facts, self.context.tz),
            capabilities=box.paced(features),
            backend=self,
            read=box.reading(mapping.to_battery_reading),
            program=BatteryControl(self.native, box.facts, planner),
            settings=BatterySettings(self.native, box.facts, limits=limits, second=second),
        )
