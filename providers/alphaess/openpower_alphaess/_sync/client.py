# Generated from client.py by openpower_testing; do not edit.
"""The native client: AlphaESS's Open API, whole, typed, in the vendor's vocabulary."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final, Self

from openpower_alphaess import models
from openpower_alphaess.client import requests
from openpower_alphaess.client.protocol import EnvelopeCheck, HeaderSigner, limiter_of, one, several
from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from openpower_alphaess.client.requests import Day, Times, Write

BASE_URL: Final = "https://openapi.alphaess.com/api"
"""The only host that takes an AppID; it serves all regions."""


class OpenApi:
    """Signs and sends the calls of one AppID."""

    def __init__(
        self,
        app_id: core.Secret,
        app_secret: core.Secret,
        *,
        base_url: str,
        allow_http: bool,
        transport: core.Transport | None,
        timeout: core.Span,
        clock: core.Clock,
    ) -> None:
        app, secret = requests.needed_text(app_id, "app_id"), requests.needed_text(app_secret, "app_secret")
        signer = HeaderSigner(app.reveal(), secret)
        self.clock = clock
        self.gate: Callable[[], core.NativeGate] | None = None
        """What native setters go through; set by the connection that this client belongs to."""
        self.limits: core.WriteLimits | None = None
        """The budget that they count in."""
        self._http = core.HttpClient(
            provider="alphaess",
            base_url=base_url,
            allow_http=allow_http,
            timeout=timeout,
            transport=transport,
            sign=signer,
            check=EnvelopeCheck(signer),
            limiter=limiter_of(app.reveal(), base_url, clock),
            clock=clock,
            secrets=(secret,),
            accounts=(app.reveal(),),
        )

    def get(self, call: str, params: Mapping[str, Any] | None = None) -> core.Answer:
        """Read; the endpoint's name is the path."""
        return self._http.request("GET", call, operation=call, params=params)

    def order(self, call: str, params: Mapping[str, Any]) -> None:
        """Ask for something to be done with a GET, once."""
        self._http.request("GET", call, operation=call, params=params, write=True)

    def post(self, call: str, body: Mapping[str, Any]) -> None:
        """Write, once: after a lost answer nothing is repeated."""
        self._http.request("POST", call, operation=call, json=dict(body), write=True)

    def write(self, call: str, body: Mapping[str, Any], method: str) -> None:
        """Write for a native setter, through the connection's gate where there is one."""
        if self.gate is None:
            self.post(call, body)
            return
        # Here, since programs that only read need neither limits nor the vocabulary of control behind them.
        from openpower_alphaess.control.limits import SCHEDULE_LIMITS, SERIALS, target_of

        # Guards and audit know which device it is for, and codes are secret.
        arguments = {name: value for name, value in body.items() if name not in (*SERIALS, "code")}
        target = target_of(call, body, self.limits or SCHEDULE_LIMITS)
        self.gate().send(
            target.info, method, arguments, lambda: self.post(call, body), budget=target.budget, limits=target.limits
        )

    @property
    def clock_offset(self) -> timedelta | None:
        """What the vendor's clock was ahead of this machine's at its last answer."""
        return self._http.clock_offset

    @property
    def vendor_time(self) -> core.VendorTime | None:
        """AlphaESS's time at its last answer; see :attr:`HttpClient.vendor_time`."""
        return self._http.vendor_time

    def close(self) -> None:
        """Close its connections."""
        self._http.close()


class AlphaESS(core.NativeClient):
    """A client of the Open API; it asks nothing until a method is called.

    Values are the vendor's own: W, kWh, percentages from 0 to 100, wall-clock times. Every call for a system takes
    ``serial_number=``; without it the client's own counts. Setters return None; what they replace, they replace whole.
    A setter that returns was accepted, which is all that the vendor says: it takes up to five minutes until the
    inverter follows, and on systems that moved to the periodic schedule the legacy setters are accepted and do
    nothing. Nothing is sent twice: after a lost answer, read back to find out.

    Args:
        app_id: the developer id, from https://open.alphaess.com.
        app_secret: the developer secret.
        serial_number: the system that calls are for when they name none.
        device_serial_number: another name of ``serial_number``.
        base_url: replaces the vendor's whole prefix: an emulator, a proxy.
        allow_http: whether ``base_url`` may send in cleartext to another machine.
        transport: replaces the network.
        timeout: how long a call may take, retries included (a timedelta, or seconds).
        clock: replaces the system's clock.

    Besides the errors of any call, a call for a system raises:

    Raises:
        NotBound: the system is not bound to the AppID, or the serial number is wrong (6005).
        PermissionDenied: the account or the system has no right to this call (6017).
        PartialData: the answer says success but has no value.
        InvalidValue: an argument is off the vendor's grid (nothing was sent), or AlphaESS refused a parameter.
        WriteRejected: AlphaESS refused the settings.
    """

    _arguments = requests.ARGUMENTS

    def __init__(
        self,
        app_id: str | core.Secret,
        app_secret: str | core.Secret,
        serial_number: str | None = None,
        *,
        device_serial_number: str | None = None,
        base_url: str | None = None,
        allow_http: bool = False,
        transport: core.Transport | None = None,
        timeout: core.Span = 30.0,
        clock: core.Clock = core.SYSTEM_CLOCK,
    ) -> None:
        app_id, app_secret = core.Secret(app_id), core.Secret(app_secret)  # so that no traceback shows them
        self._subject = requests.named_serial(serial_number, device_serial_number)
        self._api = OpenApi(
            app_id,
            app_secret,
            base_url=(base_url or BASE_URL).rstrip("/"),
            allow_http=allow_http,
            transport=transport,
            timeout=timeout,
            clock=clock,
        )
        self._session = self._api  # what the base closes

    @property
    def serial_number(self) -> str | None:
        """The system that calls are for when they name none."""
        return self._subject

    @property
    def clock_offset(self) -> timedelta | None:
        """What AlphaESS's clock was ahead of this machine's at the last answer, to a second; None before the first."""
        return self._api.clock_offset

    @property
    def api(self) -> OpenApi:
        """What signs and sends; for this package's own use."""
        return self._api

    def for_device(self, serial_number: str) -> Self:
        """The same client for one system; it shares the connection, and closing either closes both."""
        other = copy.copy(self)
        other._subject = serial_number  # noqa: SLF001 – its own class
        return other

    def list_systems(self) -> list[models.EssSystem]:
        """``getEssList``: the systems that are bound to the AppID."""
        return several(models.EssSystem, self._api.get("getEssList"), under="essList", named=True)

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
        answer = self._get("getOneDayPowerBySn", serial_number, queryDate=requests.day_text(date))
        return several(models.PowerSample, answer)

    def get_historical_energy_usage(self, date: Day, serial_number: str | None = None) -> models.DayEnergy:
        """``getOneDateEnergyBySn``: energies (kWh) of one calendar day of the system.

        Args:
            date: the day in the system's zone, as a date or as ISO text.
            serial_number: the system.
        """
        answer = self._get("getOneDateEnergyBySn", serial_number, queryDate=requests.day_text(date))
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
        return one(models.EvChargerState, answer, bare="evchargerStatus")

    def get_ev_charger_current_draw_settings(self, serial_number: str | None = None) -> float:
        """``getEvChargerCurrentsBySn``: the household's current limit (A); 32 also without a charger."""
        found = one(models.EvCurrentSetting, self._get("getEvChargerCurrentsBySn", serial_number))
        if found.currentsetting is None:
            raise core.PartialData("the answer names no current.", provider="alphaess")
        return found.currentsetting

    def get_meter_offset(self, serial_number: str | None = None) -> models.MeterOffset:
        """``getMeterOffsetConfigInfo``: for commercial systems; others answer 6001 (InvalidValue)."""
        return one(models.MeterOffset, self._get("getMeterOffsetConfigInfo", serial_number))

    def set_charging_settings(
        self,
        stop_level: core.Number,
        use_grid: bool,
        first_period: Times,
        second_period: Times,
        serial_number: str | None = None,
    ) -> None:
        """``updateChargeConfigInfo``: the legacy charge windows.

        Args:
            stop_level: where charging stops, as a fraction: 0.9 for 90 %, 1 for 100 %.
            use_grid: whether the windows are in force.
            first_period: begin and end on steps of the vendor's grid, by the system's clock; equal times are off.
            second_period: the same.
            serial_number: the system.
        """
        self._send(
            "set_charging_settings",
            requests.charging(
                self._needed(serial_number), level=stop_level, on=use_grid, first=first_period, second=second_period
            ),
        )

    def set_discharging_settings(
        self,
        stop_level: core.Number,
        enable_time_control: bool,
        first_period: Times,
        second_period: Times,
        serial_number: str | None = None,
    ) -> None:
        """``updateDisChargeConfigInfo``: the legacy discharge windows, a permission and never a force.

        Args:
            stop_level: where discharging stops, as a fraction: 0.1 for 10 %, 1.0 for 100 %; the integer 1 could mean 1 %.
            enable_time_control: whether the battery serves the house in the windows only.
            first_period: begin and end on steps of the vendor's grid, by the system's clock; equal times are off.
            second_period: the same.
            serial_number: the system.
        """
        self._send(
            "set_discharging_settings",
            requests.discharging(
                self._needed(serial_number),
                level=stop_level,
                on=enable_time_control,
                first=first_period,
                second=second_period,
            ),
        )

    def set_periodic_schedule(
        self,
        charge_time_list: Sequence[models.TimePeriod],
        discharge_time_list: Sequence[models.TimePeriod],
        *,
        grid_charge_cycle: bool,
        ctr_dis_cycle: bool,
        execute_cycle_type: models.CycleType | int = 1,
        serial_number: str | None = None,
    ) -> None:
        """``setTimeChargeBySn``: the whole periodic schedule.

        Args:
            charge_time_list: at least one period; 00:00 to 00:00 stands for none. Limits are percentages from 10 to 100.
            discharge_time_list: the same; its limits are lower bounds.
            grid_charge_cycle: whether the charge periods are in force. It cannot be read back, so it has no default.
            ctr_dis_cycle: whether the discharge periods are in force; both False switch the schedule off.
            execute_cycle_type: daily (0), or weekly by each period's ``weeks`` (1).
            serial_number: the system.
        """
        self._send(
            "set_periodic_schedule",
            requests.schedule(
                self._needed(serial_number),
                charge=charge_time_list,
                discharge=discharge_time_list,
                charge_on=grid_charge_cycle,
                discharge_on=ctr_dis_cycle,
                cycle=execute_cycle_type,
            ),
        )

    def set_ev_charger_current_draw_settings(self, current_draw: core.Number, serial_number: str | None = None) -> None:
        """``setEvChargerCurrentsBySn``: the household's current limit (A), not the charger's own."""
        self._send(
            "set_ev_charger_current_draw_settings", requests.current(self._needed(serial_number), amps=current_draw)
        )

    def control_ev_charger(self, charger_serial_number: str, charging: bool, serial_number: str | None = None) -> None:
        """``remoteControlEvCharger``: start (True) or stop (False) a charger.

        It starts in the states 2, 4, 5 and 6, and stops in 3, 4 and 5; reported dead after EMS V0.00.73C.
        """
        self._send(
            "control_ev_charger",
            requests.charger(self._needed(serial_number), charger_serial=charger_serial_number, charging=charging),
        )

    def set_meter_offset(
        self,
        offset_kw: core.Number,
        enabled: bool,
        first_period: Times,
        second_period: Times,
        serial_number: str | None = None,
    ) -> None:
        """``updateMeterOffsetConfigInfo``: of commercial systems; no successful call is on record.

        Args:
            offset_kw: −500 to 500 in steps of 0.1.
            enabled: whether it is in force.
            first_period: begin and end on steps of the vendor's grid, by the system's clock.
            second_period: the same.
            serial_number: the system.
        """
        self._send(
            "set_meter_offset",
            requests.meter_offset(
                self._needed(serial_number), offset_kw=offset_kw, on=enabled, first=first_period, second=second_period
            ),
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
        self._api.order("getVerificationCode", params)

    def bind_system(self, verification_code: str | core.Secret, serial_number: str | None = None) -> None:
        """``bindSn``: bind a system to the AppID; one that is bound already stays so."""
        try:
            self._send("bind_system", requests.bind(self._needed(serial_number), code=verification_code))
        except core.OpenPowerError as error:
            if error.vendor_code != "6003":
                raise

    def unbind_system(self, serial_number: str | None = None) -> None:
        """``unBindSn``: take a system from the AppID; one that is not bound stays so."""
        try:
            self._send("unbind_system", requests.unbind(self._needed(serial_number)))
        except core.OpenPowerError as error:
            if error.vendor_code != "6005":
                raise

    def _needed(self, serial_number: str | None) -> str:
        return requests.needed_serial(serial_number, self._subject)

    def _get(self, call: str, serial_number: str | None, **params: Any) -> core.Answer:
        return self._api.get(call, {"sysSn": self._needed(serial_number), **params})

    def _send(self, method: str, write: Write) -> None:
        """Send past the guards, the budget and the audit of the connection, if there is one."""
        self._api.write(*write, method)


core.old_names(AlphaESS, session="_session")
