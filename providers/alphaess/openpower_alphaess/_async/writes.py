"""The Open API's writing calls, under the names that users know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_alphaess import bodies
from openpower_alphaess._levels import flag, fraction, measure, periods, span
from openpower_alphaess._values import needed_serial
from openpower_alphaess.errors import AlreadyBound
from openpower_alphaess.models import CycleType
from openpower_alphaess.schedule.periodic import PeriodicPlan
from openpower_core.errors import NotBound

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import time
    from typing import TypeAlias

    from openpower_alphaess._async.session import AsyncSession
    from openpower_alphaess.models import TimePeriod

    Times: TypeAlias = tuple[time, time]

__all__ = ["AsyncWrites"]


class AsyncWrites:
    """What can be changed. Setters return None; what they replace, they replace whole.

    A call that returns was accepted, which is all that the vendor tells: it takes up to five minutes until
    the inverter follows, and on systems that moved to the periodic schedule the legacy setters are
    accepted and do nothing. Nothing is sent twice: after a lost answer, read what is held.

    Raises:
        InvalidValue: an argument is off the vendor's grid (nothing was sent), or it refused a parameter.
        WriteRejected: the vendor refused the settings.
        PermissionDenied: the system has no right to this call (6017).
    """

    _session: AsyncSession
    _serial_number: str | None

    async def set_charging_settings(
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
        serial = self._needed(serial_number)
        body = bodies.charge_body(
            serial,
            on=flag(use_grid, "use_grid"),
            spans=(span(first_period, "first_period"), span(second_period, "second_period")),
            limit=fraction(stop_level, "stop_level"),
        )
        await self._post("updateChargeConfigInfo", body, "set_charging_settings")

    async def set_discharging_settings(
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
        serial = self._needed(serial_number)
        body = bodies.discharge_body(
            serial,
            on=flag(enable_time_control, "enable_time_control"),
            spans=(span(first_period, "first_period"), span(second_period, "second_period")),
            limit=fraction(stop_level, "stop_level"),
        )
        await self._post("updateDisChargeConfigInfo", body, "set_discharging_settings")

    async def set_periodic_schedule(
        self,
        charge_time_list: Sequence[TimePeriod],
        discharge_time_list: Sequence[TimePeriod],
        *,
        grid_charge_cycle: bool,
        ctr_dis_cycle: bool,
        execute_cycle_type: CycleType = CycleType.WEEKLY,
        serial_number: str | None = None,
    ) -> None:
        """``setTimeChargeBySn``: the whole periodic schedule.

        Args:
            charge_time_list: at least one period; 00:00 to 00:00 stands for none. Limits are per cent 10–100.
            discharge_time_list: the same; its limits are lower bounds.
            grid_charge_cycle: whether the charge periods are in force. It cannot be read back, so it has no default.
            ctr_dis_cycle: whether the discharge periods are in force; both False switch the schedule off.
            execute_cycle_type: daily, or weekly by each period's ``weeks``.
            serial_number: the system.
        """
        serial, weekly = (
            self._needed(serial_number),
            CycleType(execute_cycle_type) == CycleType.WEEKLY,
        )
        plan = PeriodicPlan(
            weekly=weekly,
            charge_on=flag(grid_charge_cycle, "grid_charge_cycle"),
            discharge_on=flag(ctr_dis_cycle, "ctr_dis_cycle"),
            charge=periods(charge_time_list, "charge_time_list", weekly=weekly),
            discharge=periods(discharge_time_list, "discharge_time_list", weekly=weekly),
        )
        body = bodies.schedule_body(serial, plan, full_w=0)
        await self._post("setTimeChargeBySn", body, "set_periodic_schedule")

    async def set_ev_charger_current_draw_settings(
        self, current_draw: float, serial_number: str | None = None
    ) -> None:
        """``setEvChargerCurrentsBySn``: the household's current limit (A), not the charger's own."""
        amps = measure(current_draw, "current_draw", 1, 1000, "A")
        body = bodies.current_body(self._needed(serial_number), amps)
        await self._post("setEvChargerCurrentsBySn", body, "set_ev_charger_current_draw_settings")

    async def control_ev_charger(
        self,
        charger_serial_number: str,
        charging: bool,
        serial_number: str | None = None,
    ) -> None:
        """``remoteControlEvCharger``: start (True) or stop (False) a charger.

        It starts in the states 2, 4, 5 and 6, and stops in 3, 4 and 5; reported dead after EMS V0.00.73C.
        """
        body = bodies.charger_body(
            self._needed(serial_number), charger_serial_number, charging=flag(charging, "charging")
        )
        await self._post("remoteControlEvCharger", body, "control_ev_charger")

    async def set_meter_offset(
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
        body = bodies.offset_body(
            self._needed(serial_number),
            round(measure(offset_kw, "offset_kw", -500, 500, "kW"), 1),
            on=flag(enabled, "enabled"),
            first=span(first_period, "first_period"),
            second=span(second_period, "second_period"),
        )
        await self._post("updateMeterOffsetConfigInfo", body, "set_meter_offset")

    async def get_verification_code(
        self, check_code: str, serial_number: str | None = None
    ) -> None:
        """``getVerificationCode``: e-mail the system's owner a code for :meth:`bind_system`.

        Args:
            check_code: printed on the device's label, below the serial number.
            serial_number: the system.

        Raises:
            AlreadyBound: there is nothing left to bind, and nothing was mailed.
        """
        params = {"sysSn": self._needed(serial_number), "checkCode": check_code}
        await self._session.order("getVerificationCode", params)

    async def bind_system(self, verification_code: str, serial_number: str | None = None) -> None:
        """``bindSn``: bind a system to the AppID; one that is bound already stays so."""
        body = {"sysSn": self._needed(serial_number), "code": verification_code}
        try:
            await self._post("bindSn", body, "bind_system")
        except AlreadyBound:
            return

    async def unbind_system(self, serial_number: str | None = None) -> None:
        """``unBindSn``: take a system from the AppID; one that is not bound stays so."""
        try:
            body = {"sysSn": self._needed(serial_number)}
            await self._post("unBindSn", body, "unbind_system")
        except NotBound:
            return

    def _needed(self, serial_number: str | None) -> str:
        return needed_serial(serial_number, self._serial_number)

    async def _post(self, call: str, body: dict[str, Any], method: str) -> None:
        """Send a setting, past the guards, the budget and the audit where there is a connection."""
        await self._session.write(call, body, method)
