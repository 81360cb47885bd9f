"""What the write pipeline brings to inverters and batteries over SEMS+, as rows of settings."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import evolve

from openpower_core import provider as core
from openpower_goodwe.semsplus._async.remote import past_guards
from openpower_goodwe.semsplus.control import REMOTE_BUDGET, WRITE_LIMITS
from openpower_goodwe.semsplus.control.functions import (
    CHARGE_NOW,
    CHARGE_POWER,
    CHARGE_TARGET,
    MAX_SOC,
    MIN_SOC,
    Functions,
    functions_in,
)
from openpower_goodwe.semsplus.control.program import (
    Immediate,
    Planner,
    Program,
    fields_of_program,
    program_of,
    to_schedule,
)
from openpower_goodwe.semsplus.control.settings import (
    ExportLimit,
    ExportRegisters,
    Limits,
    current_limits,
    export_registers,
    limits_values,
    number,
    plan_limits,
    to_settings,
)
from openpower_goodwe.semsplus.control.slots import Slot, slot_data, slot_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpower_goodwe.semsplus._async.client import AsyncSemsPlus

Current = TypeVar("Current")
_STABLE = timedelta(days=1)
_REVERTED = (
    "The inverter acknowledged it and went back; its own schedule, a dongle or an installer's rule may be in the way."
)


class AsyncInverterFunctions:
    """What one inverter offers, discovered when it is first needed.

    Args:
        native: a client for its station.
        sn: its serial number.
        clock: the connection's.
    """

    def __init__(self, native: AsyncSemsPlus, sn: str, clock: core.Clock) -> None:
        self._native = native
        self._sn = sn
        self._functions = core.AsyncSharedFetch(self._discover, max_age=_STABLE, clock=clock)
        self._generation = core.AsyncSharedFetch(self._work_mode, max_age=_STABLE, clock=clock)

    async def get(self) -> Functions:
        """What it offers."""
        return (await self._functions.get()).value

    async def slots(self) -> int:
        """How many time-of-use slots it has; 0 where the model has none."""
        return (await self._generation.get()).value

    async def _discover(self) -> Functions:
        # The immediate charge may be in the menu of the battery's tab only; without it in the tree, that is read as well.
        functions = await self._native.get_functions(self._sn)
        if functions.find(CHARGE_NOW):
            return functions
        try:
            menu = await self._native.get_function_menu(self._sn, menu_code=1, bat_index="1")
        except core.OpenPowerError:
            return functions  # an inverter without a battery has no such menu
        return Functions([*functions.known, *functions_in(menu)])

    async def _work_mode(self) -> int:
        mode = (await self._native.get_work_mode(self._sn)).work_mode or ""
        # The first generation knows one exclusive mode at a time, and its slots another unit.
        return {"2": 4, "3": 8}.get(mode.partition(".")[0], 0)


class AsyncSemsSetting(core.AsyncSetting[Current]):
    """The base of one inverter's settings; it knows what the function tree offers.

    Args:
        name: the setting's name.
        native: a client for its station.
        sn: its serial number.
        functions: what it offers.
        row: the rest of the row; see :class:`AsyncSetting`.
    """

    def __init__(
        self, name: str, native: AsyncSemsPlus, sn: str, functions: AsyncInverterFunctions, **row: Any
    ) -> None:
        super().__init__(
            name, writes=self._calls, limits=WRITE_LIMITS, budget=REMOTE_BUDGET, not_applied_hint=_REVERTED, **row
        )
        self._native = native
        self._sn = sn
        self._functions = functions
        self._known = Functions(())

    def _changes(self, document: Current, current: Current) -> Mapping[str, int]:
        """The parameters to write, by address."""
        raise NotImplementedError

    def _calls(self, document: Current, current: Current) -> Sequence[core.AsyncPlannedCall]:
        """The one write."""
        values = self._changes(document, current)
        return [self._parameters(values, self._known.ids(*values))]

    def _parameters(self, values: Mapping[str, int], ids: Mapping[str, str]) -> core.AsyncPlannedCall:
        return core.AsyncPlannedCall(
            call=_parameters(values), send=lambda: past_guards(self._native).set_parameters(self._sn, values, ids)
        )

    async def _values(self, *addresses: str) -> dict[str, Any]:
        ids = self._known.ids(*addresses)
        if not ids:
            return {}
        return await self._native.get_parameters(self._sn, list(ids), ids)

    def _missing(self, feature: str) -> core.Unsupported:
        return core.Unsupported(
            f"this inverter's function tree has no {feature.replace('_', ' ')}; nothing was sent.",
            feature=feature,
            alternatives=("goodwe-local",),
            provider="goodwe-sems",
            hint='In the same network, try connect("goodwe-local", host=…).',
        )


class AsyncExportSetting(AsyncSemsSetting[ExportLimit]):
    """The export limit of one inverter."""

    def __init__(
        self, native: AsyncSemsPlus, sn: str, functions: AsyncInverterFunctions, rated_w: float | None
    ) -> None:
        super().__init__("export_limit", native, sn, functions, read=self._fetch, plan=self._snapped, kind=ExportLimit)
        self._rated_w = rated_w

    async def _fetch(self) -> ExportLimit:
        self._known = await self._functions.get()
        found = self._registers()
        return found.current(await self._values(*found.addresses))

    def _snapped(self, _current: ExportLimit, limit_w: float | None) -> core.Draft[ExportLimit]:
        return self._registers().plan(limit_w)

    def _changes(self, document: ExportLimit, current: ExportLimit) -> Mapping[str, int]:  # noqa: ARG002
        # Switch and figure together, whatever differs.
        return self._registers().values(document)

    def shown(self, document: ExportLimit) -> float | None:
        """The most it may give to the grid (W); None when it is not limited."""
        return document.watts

    def _registers(self) -> ExportRegisters:
        found = export_registers(self._known, self._rated_w)
        if found is None:
            raise self._missing("export_limit")
        return found


class AsyncLimitsSetting(AsyncSemsSetting[Limits]):
    """The battery's minimum and maximum state of charge."""

    def __init__(self, native: AsyncSemsPlus, sn: str, functions: AsyncInverterFunctions) -> None:
        super().__init__("soc_limits", native, sn, functions, read=self._fetch, plan=self._merged, kind=Limits)

    async def _fetch(self) -> Limits:
        self._known = await self._functions.get()
        if self._known.find(MIN_SOC, MAX_SOC) is None:
            raise self._missing("settings")
        return current_limits(await self._values(MIN_SOC, MAX_SOC))

    def _merged(self, current: Limits, desired: Mapping[str, float]) -> core.Draft[Limits]:
        for name, address in (("reserve_soc_pct", MIN_SOC), ("max_soc_pct", MAX_SOC)):
            if name in desired and self._known.find(address) is None:
                raise self._missing(name)
        return plan_limits(current, desired, self._known)

    def shown(self, document: Limits) -> core.BatterySettings:
        """The least and the greatest state of charge, as far as the model has them."""
        return to_settings(document)

    def _changes(self, document: Limits, current: Limits) -> Mapping[str, int]:
        return limits_values(document, current)


class AsyncProgramSetting(AsyncSemsSetting[Program]):
    """What the battery follows: an immediate charge, and the time-of-use slots."""

    def __init__(
        self, native: AsyncSemsPlus, sn: str, functions: AsyncInverterFunctions, planner: Planner, clock: core.Clock
    ) -> None:
        super().__init__("program", native, sn, functions, read=self._fetch, plan=self._planned, kind=Program)
        self._planner = planner
        self._clock = clock

    async def _fetch(self) -> Program:
        """Ask for both; what the model lacks stays None."""
        self._known = await self._functions.get()
        enabled, slots = await self._read_slots()
        program = Program(immediate=await self._read_charge(), enabled=enabled, slots=slots)
        if program.immediate is None and program.enabled is None:
            raise self._missing("battery_control")
        return program

    def _planned(self, current: Program, desired: core.Schedule | core.BatteryCommand) -> core.Draft[Program]:
        return self._planner.draft(current, desired, self._clock.now())

    def _calls(self, document: Program, current: Program) -> Sequence[core.AsyncPlannedCall]:
        """The slots that differ, the mode, and the immediate charge."""
        found = [self._named(name, data) for name, data in _settings(document, current)]
        charge = _charge_values(document, current)
        return [*found, self._parameters(charge, self._charge_ids(charge))] if charge else found

    def _named(self, name: str, data: Any) -> core.AsyncPlannedCall:
        return core.AsyncPlannedCall(
            call=core.NativeCall(method="set_setting", arguments={"name": name, "data": data}),
            send=lambda: past_guards(self._native).set_setting(self._sn, name, data),
        )

    def shown(self, document: Program) -> core.Schedule:
        """The time-of-use slots in force."""
        return to_schedule(document, self._planner.scale)

    def dump(self, document: Program) -> Any:
        """Its fields: the slots, their mode, and the immediate charge."""
        return fields_of_program(document)

    def load(self, data: Any) -> Program:
        """What :meth:`dump` gave."""
        return program_of(data)

    async def _read_charge(self) -> Immediate | None:
        if self._known.find(CHARGE_NOW) is None:
            return None
        values = await self._values(CHARGE_NOW, CHARGE_TARGET, CHARGE_POWER)
        target, power = number(values, CHARGE_TARGET), number(values, CHARGE_POWER)
        return Immediate(
            on=bool(number(values, CHARGE_NOW)),
            target_pct=None if target is None else round(target),
            power_pct=None if power is None else round(power),
        )

    async def _read_slots(self) -> tuple[bool | None, list[Slot]]:
        count = await self._functions.slots()
        if not count:
            return None, []
        names = [f"TOU{number}" for number in range(1, count + 1)]
        found = await self._native.get_settings(self._sn, ["TOUModeEnable", *names])
        values = {each.name: each.value or {} for each in found.settings or ()}
        if "TOUModeEnable" not in values:
            return None, []
        slots = [slot_of(place, values.get(name, {})) for place, name in enumerate(names, start=1)]
        return bool(values["TOUModeEnable"].get("TOUModeEnable")), slots

    def _charge_ids(self, values: Mapping[str, int]) -> dict[str, str]:
        key = "immediate_charge" if values[CHARGE_NOW] else "stop_charging"
        switch = self._known.find(CHARGE_NOW, key=key)
        ids = self._known.ids(*values)
        return ids if switch is None else {**ids, CHARGE_NOW: str(switch.function_id)}


def _parameters(values: Mapping[str, int]) -> core.NativeCall:
    return core.NativeCall(method="set_parameters", arguments={"values": dict(values)})


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
    if current.immediate is not None and charge == evolve(current.immediate, on=False):
        return {CHARGE_NOW: 0}
    figures = {CHARGE_TARGET: charge.target_pct, CHARGE_POWER: charge.power_pct}
    return {**{name: value for name, value in figures.items() if value is not None}, CHARGE_NOW: int(charge.on)}
