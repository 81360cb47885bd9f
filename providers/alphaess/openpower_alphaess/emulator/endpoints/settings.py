"""Reading and writing the schedules: the legacy pair, the periodic pair, and the commercial meter offset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess.emulator.codes import Code
from openpower_alphaess.emulator.endpoints.call import Endpoint
from openpower_alphaess.emulator.envelope import Refusal
from openpower_alphaess.emulator.parameters import clock_time, flag, number, require
from openpower_alphaess.emulator.settings.legacy import read_charge, read_discharge
from openpower_alphaess.emulator.settings.periodic import read_periodic, refuse_impossible

if TYPE_CHECKING:
    from openpower_alphaess.emulator.endpoints.call import Call, Params

__all__ = ["SETTINGS"]

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
    return call.system.settings.periodic(call.now).to_wire(call.system.serial)


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
    """Answer as nobody has seen it answer: no successful call is on record."""
    if not call.system.quirks.commercial:
        raise Refusal(Code.PARAMETER)
    return {"sysSn": call.system.serial, **call.system.meter_offset}


def _set_offset(call: Call) -> None:
    if not call.system.quirks.commercial:
        raise Refusal(Code.PARAMETER)
    call.system.meter_offset = _read_offset(call.params)


SETTINGS: Final = (
    Endpoint(name="getChargeConfigInfo", verb="GET", answer=_get_charge),
    Endpoint(name="updateChargeConfigInfo", verb="POST", check=read_charge, answer=_set_charge, writes=True),
    Endpoint(name="getDisChargeConfigInfo", verb="GET", answer=_get_discharge),
    Endpoint(name="updateDisChargeConfigInfo", verb="POST", check=read_discharge, answer=_set_discharge, writes=True),
    Endpoint(name="getTimeChargeBySn", verb="GET", answer=_get_periodic),
    Endpoint(name="setTimeChargeBySn", verb="POST", check=read_periodic, answer=_set_periodic, writes=True),
    # The portal says POST for the read; POST gives 405.
    Endpoint(name="getMeterOffsetConfigInfo", verb="GET", answer=_get_offset),
    Endpoint(name="updateMeterOffsetConfigInfo", verb="POST", check=_read_offset, answer=_set_offset, writes=True),
)
