"""The EV charger calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess.emulator.codes import Code
from openpower_alphaess.emulator.endpoints.call import Endpoint
from openpower_alphaess.emulator.envelope import Refusal
from openpower_alphaess.emulator.parameters import flag, number, require, text

if TYPE_CHECKING:
    from openpower_alphaess.emulator.chargers import Charger
    from openpower_alphaess.emulator.endpoints.call import Call, Params

__all__ = ["CHARGING"]


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


CHARGING: Final = (
    Endpoint(name="getEvChargerConfigList", verb="GET", answer=_list),
    Endpoint(name="getEvChargerCurrentsBySn", verb="GET", answer=_currents),
    Endpoint(name="setEvChargerCurrentsBySn", verb="POST", check=_read_current, answer=_set_currents, writes=True),
    Endpoint(name="getEvChargerStatusBySn", verb="GET", check=_check_status, answer=_status),
    Endpoint(name="remoteControlEvCharger", verb="POST", check=_check_control, answer=_control, writes=True),
)
