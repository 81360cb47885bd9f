# Generated from documents.py by openpower_testing; do not edit.
"""What the write pipeline brings to an inverter, as rows of registers: battery control, the reserve, the export limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from openpower_core.provider import NativeCall, Setting
from openpower_goodwe.local import holdings, pacing
from openpower_goodwe.local.control import ControlState, ExportLimit, plan_export

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openpower_goodwe.local._sync.client import GoodWeLocal
    from openpower_goodwe.local.control import Planner
    from openpower_goodwe.local.facts import Facts
    from openpower_goodwe.local.holdings import Change
    from openpower_goodwe.local.session import RawWork

__all__ = ["BatteryControl", "Registers", "export_setting", "reserve_setting"]

Current = TypeVar("Current")

LEAST_PCT = 11
"""The library's comments give the depth of discharge as 0–89 %."""


class Registers(Setting[Current]):
    """A setting that sits in some registers; those that differ are written.

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
        get: Callable[[Facts], RawWork[Current]],
        changes: Callable[[Facts, Current, Current], list[Change]],
        **row: Any,
    ) -> None:
        self._native = native
        self._facts = facts
        self._get = get
        self._changes = changes
        super().__init__(
            name, read=self._fetch, send=self._write_changes, calls=self._named, limits=pacing.LIMITS, **row
        )

    def _fetch(self) -> Current:
        return self._native.raw(f"read {self.name}", self._get(self._facts))

    def _write_changes(self, document: Current, current: Current) -> None:
        found = self._changes(self._facts, document, current)
        try:
            self._native.raw(f"write {self.name}", holdings.write(self._facts, found), write=True)
        finally:
            # Also after an error: some of it may have been taken.
            self._native.forget()

    def _named(self, document: Current, current: Current) -> Sequence[NativeCall]:
        return [
            NativeCall(method=name, arguments={"address": address, "data": data.hex()})
            for name, address, data in self._changes(self._facts, document, current)
        ]


class BatteryControl(Registers[ControlState]):
    """Work mode, EMS mode, fast charging and eco slots: all that decides what the battery does."""

    def __init__(self, native: GoodWeLocal, facts: Facts, planner: Planner) -> None:
        super().__init__(
            "battery_control",
            native,
            facts,
            holdings.control,
            holdings.changes,
            plan=planner.draft,
            budget=pacing.CONTROL_BUDGET,
            not_applied_hint=(
                "The inverter took the settings and shows others: another master (SolarGo, a meter, a DRED relay) "
                "may have put them back, or the firmware is too old for them."
            ),
        )

    def shows(self, current: ControlState, wanted: ControlState) -> bool | None:
        """All of it can be read; fast charging that has reached its target has ended by itself."""
        return current == wanted or current == wanted.ended(current.soc_pct)

    def dump(self, document: ControlState) -> Any:
        """Plain data."""
        return document.to_json()

    def load(self, data: Any) -> ControlState:
        """What :meth:`dump` gave."""
        return ControlState.of_json(data)


def reserve_setting(native: GoodWeLocal, facts: Facts) -> Registers[int]:
    """The least state of charge while the grid is there: 100 less the depth of discharge."""
    return Registers(
        "reserve",
        native,
        facts,
        holdings.reserve,
        lambda facts, reserve, _: holdings.reserve_change(facts, reserve),
        kind=int,
        field="reserve_soc_pct",
        low=LEAST_PCT,
        high=100,
        unit="%",
        outside="snap",
        reason=f"whole percentages, at least {LEAST_PCT}: the depth of discharge ends at 89 %",
        budget=pacing.RESERVE_BUDGET,
    )


def export_setting(native: GoodWeLocal, facts: Facts) -> Registers[ExportLimit]:
    """The export limit and its switch."""
    return Registers(
        "export_limit",
        native,
        facts,
        holdings.export_limit,
        holdings.export_changes,
        kind=ExportLimit,
        plan=lambda current, limit_w: plan_export(current, limit_w, facts),
        budget=pacing.EXPORT_BUDGET,
    )
