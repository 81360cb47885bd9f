# Generated from reads.py by openpower_testing; do not edit.
"""The Open API's reading calls, under the names that users know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess import models
from openpower_alphaess._values import day_text, needed_serial
from openpower_alphaess.envelope import one, series, several
from openpower_core.provider import PartialData

if TYPE_CHECKING:
    from openpower_alphaess._sync.session import Session
    from openpower_alphaess._values import Day
    from openpower_core.provider import Answer

__all__ = ["Reads"]


class Reads:
    """What can be asked. Values are the vendor's own: W, kWh, per cent 0–100, wall-clock times.

    Every call takes ``serial_number=``; without it the client's own serial number counts. Beside the
    errors of any call, a call for a system raises:

    Raises:
        NotBound: the system is not bound to the AppID, or the serial number is wrong (6005).
        PermissionDenied: the account or the system has no right to this call (6017).
        PartialData: the answer says success and holds no value.
    """

    _session: Session
    _serial_number: str | None

    def list_systems(self) -> list[models.EssSystem]:
        """``getEssList``: the systems that are bound to the AppID."""
        return several(models.EssSystem, self._session.get("getEssList"), under="essList", named=True)

    def get_realtime_power_usage(self, serial_number: str | None = None) -> models.PowerData:
        """``getLastPowerData``: power now (W) and the state of charge (%)."""
        return one(models.PowerData, self._get("getLastPowerData", serial_number))

    def get_realtime_energy_usage(self, serial_number: str | None = None) -> models.PowerData:
        """Another name of :meth:`get_realtime_power_usage`."""
        return self.get_realtime_power_usage(serial_number)

    def get_system_summary(self, serial_number: str | None = None) -> models.Summary:
        """``getSumDataForCustomer``: totals; its "today" is the day in UTC."""
        return one(models.Summary, self._get("getSumDataForCustomer", serial_number))

    def get_historical_power_usage(self, date: Day, serial_number: str | None = None) -> list[models.PowerSample]:
        """``getOneDayPowerBySn``: one calendar day of the system, five minutes a row, in no dependable order.

        Args:
            date: the day in the system's zone, as a date or as ISO text.
            serial_number: the system.
        """
        answer = self._get("getOneDayPowerBySn", serial_number, queryDate=day_text(date))
        return series(models.PowerSample, answer)

    def get_historical_energy_usage(self, date: Day, serial_number: str | None = None) -> models.DayEnergy:
        """``getOneDateEnergyBySn``: energies (kWh) of one calendar day of the system.

        Args:
            date: the day in the system's zone, as a date or as ISO text.
            serial_number: the system.
        """
        answer = self._get("getOneDateEnergyBySn", serial_number, queryDate=day_text(date))
        return one(models.DayEnergy, answer)

    def get_charging_settings(self, serial_number: str | None = None) -> models.ChargeSettings:
        """``getChargeConfigInfo``: the legacy charge windows; fiction on systems with periodic schedules."""
        return one(models.ChargeSettings, self._get("getChargeConfigInfo", serial_number))

    def get_discharging_settings(self, serial_number: str | None = None) -> models.DischargeSettings:
        """``getDisChargeConfigInfo``: the legacy discharge windows; fiction as above."""
        return one(models.DischargeSettings, self._get("getDisChargeConfigInfo", serial_number))

    def get_periodic_schedule(self, serial_number: str | None = None) -> models.TimeCharge:
        """``getTimeChargeBySn``: the periodic schedule; its two cycle flags read 0 whatever was written."""
        return one(models.TimeCharge, self._get("getTimeChargeBySn", serial_number))

    def get_ev_charger_list(self, serial_number: str | None = None) -> list[models.EvCharger]:
        """``getEvChargerConfigList``: the chargers of a system."""
        return several(models.EvCharger, self._get("getEvChargerConfigList", serial_number), named=True)

    def get_ev_charger_status(
        self, charger_serial_number: str, serial_number: str | None = None
    ) -> models.EvChargerState:
        """``getEvChargerStatusBySn``: what one charger does."""
        answer = self._get("getEvChargerStatusBySn", serial_number, evchargerSn=charger_serial_number)
        return one(models.EvChargerState, answer)

    def get_ev_charger_current_draw_settings(self, serial_number: str | None = None) -> float:
        """``getEvChargerCurrentsBySn``: the household's current limit (A); 32 also without a charger."""
        found = one(models.EvCurrentSetting, self._get("getEvChargerCurrentsBySn", serial_number))
        if found.currentsetting is None:
            raise PartialData("the answer names no current.", provider="alphaess")
        return found.currentsetting

    def get_meter_offset(self, serial_number: str | None = None) -> models.MeterOffset:
        """``getMeterOffsetConfigInfo``: for commercial systems; others answer 6001 (InvalidValue)."""
        return one(models.MeterOffset, self._get("getMeterOffsetConfigInfo", serial_number))

    def _get(self, call: str, serial_number: str | None, **params: Any) -> Answer:
        serial = needed_serial(serial_number, self._serial_number)
        return self._session.get(call, {"sysSn": serial, **params})
