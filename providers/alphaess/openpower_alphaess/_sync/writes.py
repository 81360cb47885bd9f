# Generated from writes.py by openpower_testing; do not edit.
"""The Open API's writing calls, under the names that users know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess._values import needed_serial
from openpower_core.provider import OpenPowerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import time
    from typing import TypeAlias

    from openpower_alphaess._sync.session import Session
    from openpower_alphaess.models import CycleType, TimePeriod

    Times: TypeAlias = tuple[time, time]

__all__ = ["Writes"]


class Writes:
    """What can be changed. Setters return None; what they replace, they replace whole.

    A call that returns was accepted, which is all that the vendor tells: it takes up to five minutes until
    the inverter follows, and on systems that moved to the periodic schedule the legacy setters are
    accepted and do nothing. Nothing is sent twice: after a lost answer, read what is held.

    Raises:
        InvalidValue: an argument is off the vendor's grid (nothing was sent), or it refused a parameter.
        WriteRejected: the vendor refused the settings.
        PermissionDenied: the system has no right to this call (6017).
    """

    _session: Session
    _serial_number: str | None

    def set_charging_settings(
        self,
        stop_level: float,
        use_grid: bool,
        first_period: Times,
        second_period: Times,
        serial_number: str | None = None,
    ) -> None:
        """``updateChargeConfigInfo``: the legacy charge windows.

        Args:
            stop_level: where charging stops, as a fraction: 0.9 for 90 %.
            use_grid: whether the windows are in force.
            first_period: begin and end, quarter hours of the system's clock; equal times are off.
            second_period: the same.
            serial_number: the system.
        """
        self._set(
            "set_charging_settings",
            "charging",
            serial_number,
            level=stop_level,
            on=use_grid,
            first=first_period,
            second=second_period,
        )

    def set_discharging_settings(
        self,
        stop_level: float,
        enable_time_control: bool,
        first_period: Times,
        second_period: Times,
        serial_number: str | None = None,
    ) -> None:
        """``updateDisChargeConfigInfo``: the legacy discharge windows, a permission and never a force.

        Args:
            stop_level: where discharging stops, as a fraction: 0.1 for 10 %.
            enable_time_control: whether the battery serves the house in the windows only.
            first_period: begin and end, quarter hours of the system's clock; equal times are off.
            second_period: the same.
            serial_number: the system.
        """
        self._set(
            "set_discharging_settings",
            "discharging",
            serial_number,
            level=stop_level,
            on=enable_time_control,
            first=first_period,
            second=second_period,
        )

    def set_periodic_schedule(
        self,
        charge_time_list: Sequence[TimePeriod],
        discharge_time_list: Sequence[TimePeriod],
        *,
        grid_charge_cycle: bool,
        ctr_dis_cycle: bool,
        execute_cycle_type: CycleType | int = 1,
        serial_number: str | None = None,
    ) -> None:
        """``setTimeChargeBySn``: the whole periodic schedule.

        Args:
            charge_time_list: at least one period; 00:00 to 00:00 stands for none. Limits are per cent 10–100.
            discharge_time_list: the same; its limits are lower bounds.
            grid_charge_cycle: whether the charge periods are in force. It cannot be read back, so it has no default.
            ctr_dis_cycle: whether the discharge periods are in force; both False switch the schedule off.
            execute_cycle_type: daily (0), or weekly by each period's ``weeks`` (1).
            serial_number: the system.
        """
        self._set(
            "set_periodic_schedule",
            "schedule",
            serial_number,
            charge=charge_time_list,
            discharge=discharge_time_list,
            charge_on=grid_charge_cycle,
            discharge_on=ctr_dis_cycle,
            cycle=execute_cycle_type,
        )

    def set_ev_charger_current_draw_settings(self, current_draw: float, serial_number: str | None = None) -> None:
        """``setEvChargerCurrentsBySn``: the household's current limit (A), not the charger's own."""
        self._set("set_ev_charger_current_draw_settings", "current", serial_number, amps=current_draw)

    def control_ev_charger(self, charger_serial_number: str, charging: bool, serial_number: str | None = None) -> None:
        """``remoteControlEvCharger``: start (True) or stop (False) a charger.

        It starts in the states 2, 4, 5 and 6, and stops in 3, 4 and 5; reported dead after EMS V0.00.73C.
        """
        self._set(
            "control_ev_charger", "charger", serial_number, charger_serial=charger_serial_number, charging=charging
        )

    def set_meter_offset(
        self,
        offset_kw: float,
        enabled: bool,
        first_period: Times,
        second_period: Times,
        serial_number: str | None = None,
    ) -> None:
        """``updateMeterOffsetConfigInfo``: of commercial systems; no successful call is on record.

        Args:
            offset_kw: −500 to 500 in steps of 0.1.
            enabled: whether it is in force.
            first_period: begin and end, quarter hours of the system's clock.
            second_period: the same.
            serial_number: the system.
        """
        self._set(
            "set_meter_offset",
            "meter_offset",
            serial_number,
            offset_kw=offset_kw,
            on=enabled,
            first=first_period,
            second=second_period,
        )

    def get_verification_code(self, check_code: str, serial_number: str | None = None) -> None:
        """``getVerificationCode``: e-mail the system's owner a code for :meth:`bind_system`.

        Args:
            check_code: printed on the device's label, below the serial number.
            serial_number: the system.

        Raises:
            AlreadyBound: there is nothing left to bind, and nothing was mailed.
        """
        params = {"sysSn": self._needed(serial_number), "checkCode": check_code}
        self._session.order("getVerificationCode", params)

    def bind_system(self, verification_code: str, serial_number: str | None = None) -> None:
        """``bindSn``: bind a system to the AppID; one that is bound already stays so."""
        try:
            self._set("bind_system", "bind", serial_number, code=verification_code)
        except OpenPowerError as error:
            if error.vendor_code != "6003":
                raise

    def unbind_system(self, serial_number: str | None = None) -> None:
        """``unBindSn``: take a system from the AppID; one that is not bound stays so."""
        try:
            self._set("unbind_system", "unbind", serial_number)
        except OpenPowerError as error:
            if error.vendor_code != "6005":
                raise

    def _needed(self, serial_number: str | None) -> str:
        return needed_serial(serial_number, self._serial_number)

    def _set(self, method: str, setter: str, serial_number: str | None, **arguments: Any) -> None:
        """Check the arguments, and send past the guards, the budget and the audit of a connection."""
        # Loaded by the first write: most programs only read.
        from openpower_alphaess import setters

        call, body = getattr(setters, setter)(self._needed(serial_number), **arguments)
        self._session.write(call, body, method)
