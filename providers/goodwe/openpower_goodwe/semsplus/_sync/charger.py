# Generated from charger.py by openpower_testing; do not edit.
"""An EV charger: what it does, and what can be asked of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openpower_core.connection._sync_fetch import SharedFetch
from openpower_core.control import CurrentLimits, CurrentScope
from openpower_core.devices._sync_base import BaseEVCharger
from openpower_goodwe.semsplus._sync.charging import ChargerBox, ChargerSettings
from openpower_goodwe.semsplus.control.charger import needed_range, to_power
from openpower_goodwe.semsplus.mapping.capabilities import charger_capabilities
from openpower_goodwe.semsplus.mapping.chargers import to_charger_reading

if TYPE_CHECKING:
    from openpower_core.connection.context import Context
    from openpower_core.devices.info import DeviceInfo
    from openpower_core.readings import EVChargerReading
    from openpower_core.write import Writer
    from openpower_core.writes import Confirm, Receipt
    from openpower_goodwe.semsplus._sync.station import Plant
    from openpower_goodwe.semsplus.models import EvCharger, LastCharge

__all__ = ["SemsCharger"]

_FRESH = timedelta(seconds=20)


class SemsCharger(BaseEVCharger):
    """One EV charger of a station."""

    def __init__(
        self, station: Plant, info: DeviceInfo, context: Context, writer: Writer, *, phases: int | None
    ) -> None:
        self._box = ChargerBox(station.native, info.serial, info.model, phases)
        self._settings = ChargerSettings(self._box)
        super().__init__(
            info,
            capabilities=charger_capabilities(),
            native=station.native,
            context=context,
            writer=writer,
            documents=(self._settings.switch, self._settings.power, self._settings.site),
        )
        self._state = SharedFetch(self._ask, max_age=_FRESH, clock=context.clock)

    def read(self, *, max_age: timedelta | None = None) -> EVChargerReading:
        """Read it: settings and state, and the running charge."""
        fetched = self._state.get(max_age)
        return to_charger_reading(*fetched.value, fetched.received_at)

    def limits(self) -> CurrentLimits:
        """The range of its model in amperes, and what is set."""
        span = needed_range(self._box.span())
        current = to_power(self._box.detail())
        return CurrentLimits(
            min_a=span.amps(span.min_kw),
            max_a=span.amps(span.max_kw),
            step_a=0.1,
            scope=CurrentScope.CHARGER,
            present_a=None if current.kw is None else span.amps(current.kw),
        )

    def start(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Begin charging the car; takes 60 to 90 s."""
        return self._order(charging=True, dry_run=dry_run, confirm=confirm)

    def stop(self, *, dry_run: bool = False, confirm: Confirm = "accepted") -> Receipt:
        """Stop charging the car; takes 60 to 90 s."""
        return self._order(charging=False, dry_run=dry_run, confirm=confirm)

    def set_current_limit(
        self,
        amps: float,
        *,
        scope: CurrentScope | str = CurrentScope.CHARGER,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Limit the charger, as kilowatts; or the household (``scope="site"``)."""
        document = self._settings.site if scope == CurrentScope.SITE else self._settings.power
        receipt = self._write(document, amps, operation="set_current_limit", dry_run=dry_run, confirm=confirm)
        if receipt.state.sent:
            self._state.clear()
        return receipt

    def _ask(self) -> tuple[EvCharger, LastCharge | None]:
        return self._box.detail(), self._box.last()

    def _order(self, *, charging: bool, dry_run: bool, confirm: Confirm) -> Receipt:
        receipt = self._write(
            self._settings.switch, charging, operation="start" if charging else "stop", dry_run=dry_run, confirm=confirm
        )
        if receipt.state.sent:
            self._state.clear()
        return receipt
