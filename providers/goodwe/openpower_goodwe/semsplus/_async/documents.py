"""What the write pipeline reads, plans and sends for inverters and batteries over SEMS+."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from openpower_core.provider import AsyncDocument, Clock, NativeCall, Unsupported, structure, unstructure
from openpower_goodwe.semsplus.control import REMOTE_BUDGET, WRITE_LIMITS
from openpower_goodwe.semsplus.control.functions import (
    CHARGE_NOW,
    CHARGE_POWER,
    CHARGE_TARGET,
    MAX_SOC,
    MIN_SOC,
    Functions,
)
from openpower_goodwe.semsplus.control.program import Immediate, Planner, Program
from openpower_goodwe.semsplus.control.settings import (
    ExportFace,
    ExportLimit,
    Limits,
    current_limits,
    export_face,
    limits_values,
    number,
    plan_limits,
)
from openpower_goodwe.semsplus.control.slots import Slot, slot_data, slot_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpower_core.provider import BatteryCommand, Draft, Schedule
    from openpower_goodwe.semsplus._async.client import AsyncSemsPlus
    from openpower_goodwe.semsplus._async.devices import AsyncInverterFunctions

__all__ = ["AsyncExportDocument", "AsyncLimitsDocument", "AsyncProgramDocument"]

Current = TypeVar("Current")
Desired = TypeVar("Desired")
_REVERTED = (
    "The inverter acknowledged it and went back; its own schedule, a dongle or an installer's rule may be in the way."
)


class AsyncSemsDocument(AsyncDocument[Current, Desired]):
    """What the documents of one inverter share.

    Args:
        native: a client for its station.
        sn: its serial number.
        functions: what it offers.
        kind: the class of the current state.
    """

    limits = WRITE_LIMITS
    budget = REMOTE_BUDGET
    not_applied_hint = _REVERTED

    def __init__(self, native: AsyncSemsPlus, sn: str, functions: AsyncInverterFunctions, kind: type[Current]) -> None:
        self._native = native
        self._sn = sn
        self._functions = functions
        self._kind = kind
        self._known = Functions(())

    async def _values(self, *addresses: str) -> dict[str, Any]:
        ids = self._known.ids(*addresses)
        if not ids:
            return {}
        return await self._native.get_parameters(self._sn, list(ids), ids)

    async def _send(self, values: Mapping[str, Any], ids: Mapping[str, str]) -> None:
        await self._native.send_parameters(self._sn, values, ids)

    def _call(self, values: Mapping[str, Any]) -> NativeCall:
        return NativeCall(method="set_parameters", arguments={"values": dict(values)})

    def _missing(self, feature: str) -> Unsupported:
        return Unsupported(
            f"this inverter's function tree has no {feature.replace('_', ' ')}; nothing was sent.",
            feature=feature,
            alternatives=("goodwe-local",),
            provider="goodwe-sems",
            hint='In the same network, try connect("goodwe-local", host=…).',
        )

    def dump(self, document: Current) -> Any:
        """Plain data."""
        return unstructure(document)

    def load(self, data: Any) -> Current:
        """What :meth:`dump` gave."""
        return structure(self._kind, data)


class AsyncExportDocument(AsyncSemsDocument[ExportLimit, float | None]):
    """The export limit of one inverter."""

    name = "export_limit"

    def __init__(
        self, native: AsyncSemsPlus, sn: str, functions: AsyncInverterFunctions, rated_w: float | None
    ) -> None:
        super().__init__(native, sn, functions, ExportLimit)
        self._rated_w = rated_w

    async def read(self) -> ExportLimit:
        """Read what the cloud last heard from the inverter."""
        self._known = await self._functions.get()
        face = self._face()
        return face.current(await self._values(*face.addresses))

    def plan(self, current: ExportLimit, desired: float | None) -> Draft[ExportLimit]:
        """Watts within the model's range, or None for no limit."""
        del current
        return self._face().plan(desired)

    def calls(self, document: ExportLimit, current: ExportLimit) -> Sequence[NativeCall]:
        """The one write."""
        del current
        return [self._call(self._face().values(document))]

    async def send(self, document: ExportLimit, current: ExportLimit) -> None:
        """Write switch and figure together."""
        del current
        values = self._face().values(document)
        await self._send(values, self._known.ids(*values))

    def _face(self) -> ExportFace:
        face = export_face(self._known, self._rated_w)
        if face is None:
            raise self._missing("export_limit")
        return face


class AsyncLimitsDocument(AsyncSemsDocument[Limits, "Mapping[str, float]"]):
    """The battery's least and greatest state of charge."""

    name = "soc_limits"

    def __init__(self, native: AsyncSemsPlus, sn: str, functions: AsyncInverterFunctions) -> None:
        super().__init__(native, sn, functions, Limits)

    async def read(self) -> Limits:
        """Read what the cloud last heard from the inverter."""
        self._known = await self._functions.get()
        if self._known.find(MIN_SOC, MAX_SOC) is None:
            raise self._missing("settings")
        return current_limits(await self._values(MIN_SOC, MAX_SOC))

    def plan(self, current: Limits, desired: Mapping[str, float]) -> Draft[Limits]:
        """Merge the settings that are named."""
        for name, address in (("reserve_soc_pct", MIN_SOC), ("max_soc_pct", MAX_SOC)):
            if name in desired and self._known.find(address) is None:
                raise self._missing(name)
        return plan_limits(current, desired, self._known)

    def calls(self, document: Limits, current: Limits) -> Sequence[NativeCall]:
        """The one write."""
        return [self._call(limits_values(document, current))]

    async def send(self, document: Limits, current: Limits) -> None:
        """Write what differs."""
        values = limits_values(document, current)
        await self._send(values, self._known.ids(*values))


class AsyncProgramDocument(AsyncSemsDocument[Program, "Schedule | BatteryCommand"]):
    """What the battery follows: an immediate charge, and the time-of-use slots."""

    name = "program"

    def __init__(
        self, native: AsyncSemsPlus, sn: str, functions: AsyncInverterFunctions, planner: Planner, clock: Clock
    ) -> None:
        super().__init__(native, sn, functions, Program)
        self._planner = planner
        self._clock = clock

    async def read(self) -> Program:
        """Read both; what the model does not have stays None."""
        self._known = await self._functions.get()
        enabled, slots = await self._read_slots()
        program = Program(immediate=await self._read_charge(), enabled=enabled, slots=slots)
        if program.immediate is None and program.enabled is None:
            raise self._missing("battery_control")
        return program

    def plan(self, current: Program, desired: Schedule | BatteryCommand) -> Draft[Program]:
        """Merge a schedule or a command; see :class:`Planner`."""
        return self._planner.draft(current, desired, self._clock.now())

    def calls(self, document: Program, current: Program) -> Sequence[NativeCall]:
        """The slots that differ, the mode, and the immediate charge."""
        named = [
            NativeCall(method="set_setting", arguments={"name": name, "data": data})
            for name, data in _settings(document, current)
        ]
        charge = _charge_values(document, current)
        return [*named, self._call(charge)] if charge else named

    async def send(self, document: Program, current: Program) -> None:
        """Write what :meth:`calls` names, in that order."""
        for name, data in _settings(document, current):
            await self._native.send_setting(self._sn, name, data)
        charge = _charge_values(document, current)
        if charge:
            await self._send(charge, self._charge_ids(charge))

    def shows(self, current: Program, wanted: Program) -> bool | None:
        """Slots that are off do not matter while the mode is."""
        same_slots = current.working == wanted.working if wanted.enabled else not current.enabled
        return current.immediate == wanted.immediate and same_slots

    async def _read_charge(self) -> Immediate | None:
        if self._known.find(CHARGE_NOW) is None:
            return None
        values = await self._values(CHARGE_NOW, CHARGE_TARGET, CHARGE_POWER)
        if not number(values, CHARGE_NOW):
            return Immediate()
        target, power = number(values, CHARGE_TARGET), number(values, CHARGE_POWER)
        return Immediate(
            on=True,
            target_pct=None if target is None else round(target),
            power_pct=None if power is None else round(power),
        )

    async def _read_slots(self) -> tuple[bool | None, list[Slot]]:
        count = await self._functions.slots()
        if not count:
            return None, []
        names = [f"TOU{number}" for number in range(1, count + 1)]
        answer = await self._native.get_settings(self._sn, ["TOUModeEnable", *names])
        values = {each.name: each.value or {} for each in answer.settings or ()}
        if "TOUModeEnable" not in values:
            return None, []
        slots = [slot_of(place, values.get(name, {})) for place, name in enumerate(names, start=1)]
        return bool(values["TOUModeEnable"].get("TOUModeEnable")), slots

    def _charge_ids(self, values: Mapping[str, int]) -> dict[str, str]:
        key = "immediate_charge" if values[CHARGE_NOW] else "stop_charging"
        switch = self._known.find(CHARGE_NOW, key=key)
        ids = self._known.ids(*values)
        return ids if switch is None else {**ids, CHARGE_NOW: str(switch.function_id)}


def _settings(document: Program, current: Program) -> list[tuple[str, dict[str, Any]]]:
    changed: list[tuple[str, dict[str, Any]]] = [
        (f"TOU{place}", slot_data(place, slot))
        for place, (slot, before) in enumerate(zip(document.slots, current.slots, strict=True), start=1)
        if slot != before
    ]
    if document.enabled == current.enabled:
        return changed
    mode = ("TOUModeEnable", {"TOUModeEnable": int(bool(document.enabled))})
    # Slots before the mode that puts them in force, and the mode off before its slots change: an interrupted
    # write leaves no half-written slot in force.
    return [*changed, mode] if document.enabled else [mode, *changed]


def _charge_values(document: Program, current: Program) -> dict[str, int]:
    charge = document.immediate
    if charge is None or charge == current.immediate:
        return {}
    if not charge.on:
        return {CHARGE_NOW: 0}
    figures = {CHARGE_TARGET: charge.target_pct, CHARGE_POWER: charge.power_pct}
    return {**{name: value for name, value in figures.items() if value is not None}, CHARGE_NOW: 1}
