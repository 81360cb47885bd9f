"""The documents that the write pipeline brings to an inverter: battery control, the reserve, the export limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.errors import OpenPowerError
from openpower_core.write._async_document import AsyncDocument
from openpower_core.writes import NativeCall
from openpower_goodwe.local import holdings, pacing
from openpower_goodwe.local.control import ControlState, ExportLimit, plan_export, plan_reserve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.write.drafts import Draft
    from openpower_goodwe.local._async.client import AsyncGoodWeLocal
    from openpower_goodwe.local.control import Planner
    from openpower_goodwe.local.control.planning import Desired
    from openpower_goodwe.local.facts import Facts
    from openpower_goodwe.local.holdings import Change

__all__ = ["AsyncControlDocument", "AsyncExportDocument", "AsyncReserveDocument"]


def _calls(found: Sequence[Change]) -> list[NativeCall]:
    return [
        NativeCall(method=name, arguments={"address": address, "data": data.hex()}) for name, address, data in found
    ]


async def _send(native: AsyncGoodWeLocal, facts: Facts, what: str, found: list[Change]) -> None:
    try:
        await native.raw(what, holdings.write(facts, found), write=True)
    except OpenPowerError:
        # Some of it may have been taken.
        native.forget()
        raise
    native.forget()


class AsyncControlDocument(AsyncDocument[ControlState, "Desired"]):
    """Work mode, EMS mode, fast charging and eco slots: all that decides what the battery does."""

    name = "battery_control"
    budget = pacing.CONTROL_BUDGET
    limits = pacing.LIMITS
    not_applied_hint = (
        "The inverter took the settings and shows others: another master (SolarGo, a meter, a DRED relay) "
        "may have put them back, or the firmware is too old for them."
    )

    def __init__(self, native: AsyncGoodWeLocal, facts: Facts, planner: Planner) -> None:
        self._native = native
        self._facts = facts
        self._planner = planner

    async def read(self) -> ControlState:
        """Ask for the registers."""
        return await self._native.raw("read control settings", holdings.control(self._facts))

    def plan(self, current: ControlState, desired: Desired) -> Draft[ControlState]:
        """See :class:`Planner`."""
        return self._planner.draft(current, desired)

    def calls(self, document: ControlState, current: ControlState) -> Sequence[NativeCall]:
        """The registers that differ."""
        return _calls(holdings.changes(self._facts, document, current))

    async def send(self, document: ControlState, current: ControlState) -> None:
        """Write the registers that differ."""
        found = holdings.changes(self._facts, document, current)
        await _send(self._native, self._facts, "write control settings", found)

    def shows(self, current: ControlState, wanted: ControlState) -> bool | None:
        """All of it can be read; fast charging that has reached its target has ended by itself."""
        return current == wanted or current == wanted.ended(current.soc_pct)

    def dump(self, document: ControlState) -> Any:
        """Plain data."""
        return document.to_json()

    def load(self, data: Any) -> ControlState:
        """What :meth:`dump` gave."""
        return ControlState.of_json(data)


class AsyncReserveDocument(AsyncDocument[int, float]):
    """The least state of charge while the grid is there."""

    name = "reserve"
    budget = pacing.RESERVE_BUDGET
    limits = pacing.LIMITS

    def __init__(self, native: AsyncGoodWeLocal, facts: Facts) -> None:
        self._native = native
        self._facts = facts

    async def read(self) -> int:
        """Ask for it."""
        return await self._native.raw("read depth of discharge", holdings.reserve(self._facts))

    def plan(self, current: int, desired: float) -> Draft[int]:
        """Whole per cent."""
        return plan_reserve(current, desired)

    def calls(self, document: int, current: int) -> Sequence[NativeCall]:
        """One register."""
        del current
        return _calls(holdings.reserve_change(self._facts, document))

    async def send(self, document: int, current: int) -> None:
        """Write it."""
        del current
        found = holdings.reserve_change(self._facts, document)
        await _send(self._native, self._facts, "write depth of discharge", found)

    def dump(self, document: int) -> Any:
        """A number."""
        return document

    def load(self, data: Any) -> int:
        """A number."""
        return int(data)


class AsyncExportDocument(AsyncDocument[ExportLimit, "float | None"]):
    """The export limit and its switch."""

    name = "export_limit"
    budget = pacing.EXPORT_BUDGET
    limits = pacing.LIMITS

    def __init__(self, native: AsyncGoodWeLocal, facts: Facts) -> None:
        self._native = native
        self._facts = facts

    async def read(self) -> ExportLimit:
        """Ask for both."""
        return await self._native.raw("read export limit", holdings.export_limit(self._facts))

    def plan(self, current: ExportLimit, desired: float | None) -> Draft[ExportLimit]:
        """Snap it to what the inverter takes."""
        return plan_export(current, desired, self._facts)

    def calls(self, document: ExportLimit, current: ExportLimit) -> Sequence[NativeCall]:
        """The registers that differ."""
        return _calls(holdings.export_changes(self._facts, document, current))

    async def send(self, document: ExportLimit, current: ExportLimit) -> None:
        """Write the registers that differ."""
        found = holdings.export_changes(self._facts, document, current)
        await _send(self._native, self._facts, "write export limit", found)

    def dump(self, document: ExportLimit) -> Any:
        """Plain data."""
        return document.to_json()

    def load(self, data: Any) -> ExportLimit:
        """What :meth:`dump` gave."""
        return ExportLimit(**data)
