"""All settings of one system: what was accepted, what the reads show, what the inverter follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess.emulator.settings.delayed import Delayed
from openpower_alphaess.emulator.settings.legacy import CHARGE_DEFAULTS, DISCHARGE_DEFAULTS, legacy_order
from openpower_alphaess.emulator.settings.periodic import PeriodicSchedule, periodic_order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openpower_alphaess.emulator.quirks import Quirks
    from openpower_alphaess.emulator.settings.orders import Order

__all__ = ["Settings"]


class Settings:
    """The settings of one system, of which only one pair counts, as its region decides."""

    def __init__(self, quirks: Quirks) -> None:
        self._quirks = quirks
        self._charge = Delayed(CHARGE_DEFAULTS)
        self._discharge = Delayed(DISCHARGE_DEFAULTS)
        self._periodic = Delayed(PeriodicSchedule())
        self._site_limit = Delayed(32.0)

    def charge(self, now: datetime) -> Mapping[str, Any]:
        """The legacy charge settings as the service shows them."""
        return self._charge.as_of(now, self._quirks.readback_delay)

    def discharge(self, now: datetime) -> Mapping[str, Any]:
        """The legacy discharge settings as the service shows them."""
        return self._discharge.as_of(now, self._quirks.readback_delay)

    def periodic(self, now: datetime) -> PeriodicSchedule:
        """The periodic schedule as the service shows it."""
        return self._periodic.as_of(now, self._quirks.readback_delay)

    def site_limit_a(self, now: datetime) -> float:
        """The household's current limit as the service shows it; 32 A also where there is no charger."""
        return self._site_limit.as_of(now, self._quirks.readback_delay)

    def set_charge(self, settings: Mapping[str, Any], now: datetime) -> None:
        """Take legacy charge settings; on a migrated system they vanish."""
        if self._quirks.generation == "legacy":
            self._charge.accept(settings, now)

    def set_discharge(self, settings: Mapping[str, Any], now: datetime) -> None:
        """Take legacy discharge settings; on a migrated system they vanish."""
        if self._quirks.generation == "legacy":
            self._discharge.accept(settings, now)

    def set_periodic(self, schedule: PeriodicSchedule, now: datetime) -> None:
        """Take a periodic schedule, and decide about the flags that it leaves out."""
        keep = self._quirks.flags_left_out == "unchanged"
        before = self._periodic.newest if keep else PeriodicSchedule()
        self._periodic.accept(schedule.with_flags_of(before), now)

    def set_site_limit(self, amps: float, now: datetime) -> None:
        """Take the household's current limit."""
        self._site_limit.accept(amps, now)

    def order(self, at: datetime, local: datetime) -> Order:
        """What the inverter follows at a moment, which is ``local`` on its own clock."""
        delay, minute = self._quirks.effect_delay, local.hour * 60 + local.minute
        if self._quirks.generation == "legacy":
            charge, discharge = self._charge.as_of(at, delay), self._discharge.as_of(at, delay)
            return legacy_order(charge, discharge, minute)
        return periodic_order(
            self._periodic.as_of(at, delay),
            local.isoweekday(),
            minute,
            filler_is_whole_day=self._quirks.filler_is_whole_day,
        )
