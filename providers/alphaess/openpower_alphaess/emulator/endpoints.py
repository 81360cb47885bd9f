"""The endpoints of the Open API by name: the check of each one's parameters, and its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal

from attrs import frozen

from openpower_alphaess.emulator import readings
from openpower_alphaess.emulator.envelope import Code, Refusal, clock_time, flag, number, require, text
from openpower_alphaess.emulator.gate import Call, Params
from openpower_alphaess.emulator.settings import read_charge, read_discharge, read_periodic, refuse_impossible

if TYPE_CHECKING:
    from openpower_alphaess.emulator.system import Charger


@frozen(kw_only=True)
class Endpoint:
    """One endpoint of the Open API.

    ``check`` sees the parameters before anybody looks whose system it is: what is missing or absurd is refused
    first. ``about_a_system`` endpoints are then refused for a system that is not bound, or not entitled.
    """

    name: str
    verb: Literal["GET", "POST"]
    answer: Callable[[Call], Any]
    check: Callable[[Params], object] = lambda params: text(params, "sysSn")
    about_a_system: bool = True
    writes: bool = False
    telemetry: bool = False
    """Whether an offline system may refuse it (6042)."""


# Schedules: the legacy pair, the periodic pair, and the commercial meter offset.

_OFFSET_TIMES: Final = ("pmOffsetS1", "pmOffsetE1", "pmOffsetS2", "pmOffsetE2")


def _get_charge(call: Call) -> dict[str, Any]:
    return dict(call.system.settings.charge(call.now))


def _get_discharge(call: Call) -> dict[str, Any]:
    return dict(call.system.settings.discharge(call.now))


def _set_charge(call: Call) -> None:
    system = call.system
    system.settings.set_charge(read_charge(call.params), call.now)
    system.settings_changed(call.now)


def _set_discharge(call: Call) -> None:
    system = call.system
    system.settings.set_discharge(read_discharge(call.params), call.now)
    system.settings_changed(call.now)


def _get_periodic(call: Call) -> dict[str, Any]:
    return call.system.settings.periodic(call.now).to_answer(call.system.serial)


def _set_periodic(call: Call) -> None:
    system, schedule = call.system, read_periodic(call.params)
    refuse_impossible(schedule)
    system.settings.set_periodic(schedule, call.now)
    system.settings_changed(call.now)


def _read_offset(params: Params) -> dict[str, Any]:
    require(params, "sysSn", "pmOffset", "pmOffsetEn", *_OFFSET_TIMES)
    offset = number(params, "pmOffset", -500, 500)
    if round(offset * 10, 6) % 1:
        raise Refusal(Code.PARAMETER)
    return {
        "pmOffset": offset,
        "pmOffsetEn": flag(params, "pmOffsetEn"),
        **{name: clock_time(params, name) for name in _OFFSET_TIMES},
    }


def _get_offset(call: Call) -> dict[str, Any]:
    """An invented answer: no successful call is on record."""
    if not call.system.quirks.commercial:
        raise Refusal(Code.PARAMETER)
    return {"sysSn": call.system.serial, **call.system.meter_offset}


def _set_offset(call: Call) -> None:
    if not call.system.quirks.commercial:
        raise Refusal(Code.PARAMETER)
    call.system.meter_offset = _read_offset(call.params)


# Binding a system to the account: a code by mail, then the code with the serial.


def _check_verification(params: Params) -> None:
    text(params, "sysSn")
    text(params, "checkCode")


def _send_verification_code(call: Call) -> None:
    """Mail a code to the owner; the check code is printed on the system's label."""
    system = call.account.known(text(call.params, "sysSn"))
    if system.bound:
        raise Refusal(Code.ALREADY_BOUND)
    if system.nameplate.owner is None:
        raise Refusal(Code.NOT_BOUND_TO_USER)
    if text(call.params, "checkCode") != system.nameplate.check_code:
        raise Refusal(Code.CHECK_CODE)
    call.account.mail_code(system, system.nameplate.owner, call.now)


def _check_bind(params: Params) -> None:
    require(params, "sysSn", "code")
    text(params, "sysSn")


def _bind(call: Call) -> None:
    system = call.account.known(text(call.params, "sysSn"))
    if system.bound:
        raise Refusal(Code.ALREADY_BOUND)
    if not call.account.accepts(system, str(call.params["code"]), call.now):
        raise Refusal(Code.VERIFICATION_CODE)
    system.bound = True


def _unbind(call: Call) -> None:
    call.system.bound = False


# EV chargers.


def _list(call: Call) -> list[dict[str, Any]]:
    return [{"evchargerSn": charger.serial, "evchargerModel": charger.model} for charger in call.system.chargers]


def _charger(call: Call) -> Charger:
    charger = call.system.charger(text(call.params, "evchargerSn"))
    if charger is None:
        raise Refusal(Code.NO_DATA)
    return charger


def _check_status(params: Params) -> None:
    text(params, "sysSn")
    text(params, "evchargerSn")


def _status(call: Call) -> dict[str, Any]:
    charger = _charger(call)
    call.system.snapshot(call.now)
    return {"evchargerStatus": int(charger.state)}


def _check_control(params: Params) -> None:
    require(params, "sysSn", "evchargerSn", "controlMode")
    flag(params, "controlMode")


def _control(call: Call) -> None:
    charger, start = _charger(call), flag(call.params, "controlMode") == 1
    if call.system.quirks.charger_control_dead:
        return
    if not call.system.control_charger(charger, call.now, start=start):
        # What the live service answers here is not on record.
        raise Refusal(Code.OPERATION_FAILED)


def _currents(call: Call) -> dict[str, Any]:
    return {"currentsetting": float(call.system.settings.site_limit_a(call.now))}


def _read_current(params: Params) -> float:
    require(params, "sysSn", "currentsetting")
    return number(params, "currentsetting", 0, 1000)


def _set_currents(call: Call) -> None:
    call.system.limit_site(_read_current(call.params), call.now)


_ALL: Final = (
    Endpoint(name="getEssList", verb="GET", check=lambda _params: None, answer=readings.systems, about_a_system=False),
    Endpoint(name="getLastPowerData", verb="GET", answer=readings.last_power, telemetry=True),
    Endpoint(name="getOneDayPowerBySn", verb="GET", check=readings.check_day, answer=readings.series, telemetry=True),
    Endpoint(
        name="getOneDateEnergyBySn", verb="GET", check=readings.check_day, answer=readings.day_energy, telemetry=True
    ),
    Endpoint(name="getSumDataForCustomer", verb="GET", answer=readings.summary, telemetry=True),
    Endpoint(name="getChargeConfigInfo", verb="GET", answer=_get_charge),
    Endpoint(name="updateChargeConfigInfo", verb="POST", check=read_charge, answer=_set_charge, writes=True),
    Endpoint(name="getDisChargeConfigInfo", verb="GET", answer=_get_discharge),
    Endpoint(name="updateDisChargeConfigInfo", verb="POST", check=read_discharge, answer=_set_discharge, writes=True),
    Endpoint(name="getTimeChargeBySn", verb="GET", answer=_get_periodic),
    Endpoint(name="setTimeChargeBySn", verb="POST", check=read_periodic, answer=_set_periodic, writes=True),
    # The portal says POST for the read; POST gives 405.
    Endpoint(name="getMeterOffsetConfigInfo", verb="GET", answer=_get_offset),
    Endpoint(name="updateMeterOffsetConfigInfo", verb="POST", check=_read_offset, answer=_set_offset, writes=True),
    Endpoint(
        name="getVerificationCode",
        verb="GET",
        check=_check_verification,
        answer=_send_verification_code,
        about_a_system=False,
    ),
    Endpoint(name="bindSn", verb="POST", check=_check_bind, answer=_bind, about_a_system=False, writes=True),
    Endpoint(name="unBindSn", verb="POST", check=lambda params: require(params, "sysSn"), answer=_unbind, writes=True),
    Endpoint(name="getEvChargerConfigList", verb="GET", answer=_list),
    Endpoint(name="getEvChargerCurrentsBySn", verb="GET", answer=_currents),
    Endpoint(name="setEvChargerCurrentsBySn", verb="POST", check=_read_current, answer=_set_currents, writes=True),
    Endpoint(name="getEvChargerStatusBySn", verb="GET", check=_check_status, answer=_status),
    Endpoint(name="remoteControlEvCharger", verb="POST", check=_check_control, answer=_control, writes=True),
)

ENDPOINTS: Final = {endpoint.name: endpoint for endpoint in _ALL}
"""Every endpoint; a name that is not here is HTTP 404, another verb 405."""
