# Generated from battery.py by openpower_testing; do not edit.
"""The battery of a system: readings, and control over whichever pair of settings the system obeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess import mapping
from openpower_alphaess.mapping.battery_capabilities import battery_capabilities
from openpower_core.control import UNSET, Unset
from openpower_core.devices._sync_base import BaseBattery

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openpower_alphaess._sync.control import Control
    from openpower_alphaess._sync.system import System
    from openpower_alphaess._sync.writing import Writing
    from openpower_core.capabilities import WriteLimits
    from openpower_core.connection.context import Context
    from openpower_core.control import BatteryCommand, BatterySettings, Schedule
    from openpower_core.devices.info import BatteryInfo
    from openpower_core.readings import BatteryReading
    from openpower_core.write import Writer
    from openpower_core.writes import Confirm, Receipt

__all__ = ["AlphaBattery"]


class AlphaBattery(BaseBattery):
    """The battery of a system."""

    _writer: Writer | None

    def __init__(
        self,
        system: System,
        info: BatteryInfo,
        context: Context,
        writing: Writing,
        *,
        limits: WriteLimits,
        rated_w: float | None,
    ) -> None:
        capabilities = battery_capabilities(system.tz, limits)
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system
        self._writing_of = writing
        self._limits = limits
        self._rated_w = rated_w
        self._control: Control | None = None
        if writing.remembers:
            self._writing()

    def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = self._system.moment(max_age)
        return mapping.to_battery_reading(seen, stamp, self._system.today())

    def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        """The five-minute series in ``[start, end)``, in time order; its power is computed."""
        rows = self._system.history(start, end)
        now = self._system.clock.now()
        return [
            mapping.to_battery_sample(sample, day.received_at or now, without_pv=day.without_pv) for sample, day in rows
        ]

    def schedule(self) -> Schedule:
        """The schedule that the vendor holds, in the device's wall-clock time.

        The periodic pair's enable flags cannot be read; they are taken to be on where there are periods.
        """
        self._probe()
        return self._controls().schedule()

    def set_schedule(self, schedule: Schedule, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Replace the schedule that the vendor holds."""
        return self._desired(schedule, "set_schedule", dry_run=dry_run, confirm=confirm)

    def settings(self) -> BatterySettings:
        """Its standing settings; None where the pair in use has no such thing, or nobody can read it."""
        self._probe()
        return self._controls().settings()

    def apply_settings(
        self,
        *,
        reserve_soc_pct: float | Unset = UNSET,
        max_soc_pct: float | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Change the settings that are named; the others stay as they are."""
        desired = self._controls().desired_settings(
            reserve_soc_pct=reserve_soc_pct, max_soc_pct=max_soc_pct, grid_charge_allowed=grid_charge_allowed
        )
        return self._desired(desired, "apply_settings", dry_run=dry_run, confirm=confirm)

    def command(
        self, command: BatteryCommand, *, dry_run: bool = False, confirm: Confirm = "accepted", unattended: bool = False
    ) -> Receipt:
        """Carry out one command; its window comes back until it is released."""
        return self._desired(
            command, "command", dry_run=dry_run, confirm=confirm, restorable=True, unattended=unattended
        )

    def release(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Put back what the vendor held before the command, if it still holds the command."""
        self._writing()
        receipt = super().release(dry_run=dry_run, confirm=confirm)
        self._system.forget()
        return receipt

    def confirm(self, receipt: Receipt, *, timeout: timedelta | None = None) -> Receipt:
        """Wait until reading back shows the write, or does not; see :meth:`Battery.confirm`."""
        self._writing()
        return super().confirm(receipt, timeout=timeout)

    def _desired(self, desired: Any, operation: str, **options: Any) -> Receipt:
        document = self._probe()
        receipt = self._write(document, desired, operation=operation, **options)
        if receipt.state.sent:
            self._system.forget()
        return receipt

    def _probe(self) -> Any:
        """Find out which pair the system obeys; asked once."""
        control = self._controls()
        document = control.chosen()
        self._capabilities = battery_capabilities(self._system.tz, self._limits, control.pair)
        return document

    def _controls(self) -> Control:
        if self._control is None:
            # Loaded when somebody looks at a schedule: most programs only read.
            from openpower_alphaess._sync.control import Control

            self._control = Control(self._system, self._limits, self._rated_w)
        return self._control

    def _writing(self) -> Writer:
        if self._writer is None:
            self._writer = self._writing_of.writer()
            self._writer.adopt(self._info, *self._controls().documents)
        return self._writer
