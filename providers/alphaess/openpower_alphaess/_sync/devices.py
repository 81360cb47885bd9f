# Generated from devices.py by openpower_testing; do not edit.
"""The devices of a system: vendor-agnostic faces over its shared fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess import mapping
from openpower_core.control import CurrentScope
from openpower_core.devices._sync_base import BaseEVCharger, BaseInverter, BaseMeter

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from openpower_alphaess._sync.documents import ChargerDocuments
    from openpower_alphaess._sync.system import System
    from openpower_alphaess._sync.writing import Writing
    from openpower_core.capabilities import Capabilities
    from openpower_core.connection.context import Context
    from openpower_core.control import CurrentLimits
    from openpower_core.devices.info import DeviceInfo, InverterInfo
    from openpower_core.readings import EVChargerReading, InverterReading, MeterReading
    from openpower_core.write import Writer
    from openpower_core.writes import Confirm, Receipt

__all__ = ["AlphaCharger", "AlphaInverter", "AlphaMeter"]


class AlphaMeter(BaseMeter):
    """The grid connection of a system."""

    def __init__(self, system: System, info: DeviceInfo, capabilities: Capabilities, context: Context) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system

    def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = self._system.moment(max_age)
        return mapping.to_meter_reading(seen, stamp, self._system.today())

    def history(self, start: datetime, end: datetime) -> list[MeterReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        rows = self._system.history(start, end)
        now = self._system.clock.now()
        return [mapping.to_meter_sample(sample, day.received_at or now) for sample, day in rows]


class AlphaInverter(BaseInverter):
    """The inverter of a system, with the PV and the house behind it."""

    def __init__(self, system: System, info: InverterInfo, capabilities: Capabilities, context: Context) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system

    def read(self, *, max_age: timedelta | None = None) -> InverterReading:
        """Read it; one call serves all devices of the system."""
        seen, stamp = self._system.moment(max_age)
        return mapping.to_inverter_reading(seen, stamp, self._system.today())

    def history(self, start: datetime, end: datetime) -> list[InverterReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        rows = self._system.history(start, end)
        now = self._system.clock.now()
        return [
            mapping.to_inverter_sample(sample, day.received_at or now, without_pv=day.without_pv)
            for sample, day in rows
        ]


class AlphaCharger(BaseEVCharger):
    """One EV charger of a system."""

    _writer: Writer | None

    def __init__(
        self,
        system: System,
        info: DeviceInfo,
        capabilities: Capabilities,
        context: Context,
        writing: Writing,
        *,
        position: int,
        alone: bool,
    ) -> None:
        super().__init__(info, capabilities=capabilities, native=system.native, context=context)
        self._system = system
        self._writing_of = writing
        self._documents_: ChargerDocuments | None = None
        self._place: dict[str, Any] = {"position": position, "alone": alone}
        if writing.remembers:
            self._writing()

    def read(self, *, max_age: timedelta | None = None) -> EVChargerReading:
        """Read it: its power comes with the system's, its state with a call of its own."""
        seen, stamp = self._system.moment(max_age)
        state = self._system.charger_state(self.info.serial, max_age)
        energy = self._system.today()
        return mapping.to_ev_charger_reading(seen, stamp, state, energy, **self._place)

    def history(self, start: datetime, end: datetime) -> list[EVChargerReading]:
        """The five-minute series in ``[start, end)``, in time order."""
        rows = self._system.history(start, end)
        now = self._system.clock.now()
        return [mapping.to_ev_charger_sample(sample, day.received_at or now) for sample, day in rows]

    def limits(self) -> CurrentLimits:
        """The household's current limit, which load balancing keeps; the charger's own cannot be told."""
        from openpower_alphaess.schedule.charger import MAX_A, MIN_A
        from openpower_core.control import CurrentLimits

        present = self._system.native.get_ev_charger_current_draw_settings()
        return CurrentLimits(min_a=MIN_A, max_a=MAX_A, step_a=1.0, scope=CurrentScope.SITE, present_a=present)

    def start(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Begin charging the car; it has to be plugged in."""
        return self._order(charging=True, dry_run=dry_run, confirm=confirm)

    def stop(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Stop charging the car."""
        return self._order(charging=False, dry_run=dry_run, confirm=confirm)

    def set_current_limit(
        self,
        amps: float,
        *,
        scope: CurrentScope | str = CurrentScope.CHARGER,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Limit the household's current (``scope="site"``); the charger's own limit is not in the Open API."""
        del scope  # the capabilities let only the site's pass
        return self._write(
            self._documents().site, amps, operation="set_current_limit", dry_run=dry_run, confirm=confirm
        )

    def _order(self, *, charging: bool, dry_run: bool, confirm: Confirm) -> Receipt:
        receipt = self._write(
            self._documents().switch,
            charging,
            operation="start" if charging else "stop",
            dry_run=dry_run,
            confirm=confirm,
        )
        if receipt.state.sent:
            self._system.forget()
        return receipt

    def confirm(self, receipt: Receipt, *, timeout: timedelta | None = None) -> Receipt:
        """Wait until reading back shows the write, or does not; see :meth:`Battery.confirm`."""
        self._writing()
        return super().confirm(receipt, timeout=timeout)

    def _documents(self) -> ChargerDocuments:
        if self._documents_ is None:
            # Loaded when somebody writes: most programs only read.
            from openpower_alphaess._sync.documents import ChargerDocuments

            self._documents_ = ChargerDocuments(self._system.native, self._info.serial)
        return self._documents_

    def _writing(self) -> Writer:
        if self._writer is None:
            documents = self._documents()
            self._writer = self._writing_of.writer()
            self._writer.adopt(self._info, documents.switch, documents.site)
        return self._writer
