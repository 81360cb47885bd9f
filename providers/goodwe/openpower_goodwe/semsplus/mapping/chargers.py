"""EV chargers: their states in OCPP's terms, and the conversion between their kilowatts and amperes."""

from __future__ import annotations

import math
import re
from typing import Final

from attrs import frozen

from openpower_core.provider import ChargerStatus, EVChargerReading, Issue, Stamp, believed_forward, counter_or_none
from openpower_goodwe.semsplus.mapping.readings import watts
from openpower_goodwe.semsplus.models import EvCharger, LastCharge, to_status

VOLTAGE_V: Final = 230.0
"""Between phase and neutral; the cloud knows kilowatts only."""
_CHARGING: Final = 6
_FINISHED: Final = 8
_MODEL: Final = re.compile(r"(?<!\d)(7|11|22)K", re.IGNORECASE)
_STATES: Final = {
    "available_gun_no_insered": ChargerStatus.AVAILABLE,
    "available_gun_insered": ChargerStatus.PREPARING,
    "prepare": ChargerStatus.PREPARING,
    "finishing": ChargerStatus.FINISHING,
    "finish": ChargerStatus.FINISHING,
    "suspended_evse": ChargerStatus.SUSPENDED_EVSE,
    "suspended_ev": ChargerStatus.SUSPENDED_EV,
}
_STATUSES: Final = {
    "available": ChargerStatus.AVAILABLE,
    "standby": ChargerStatus.AVAILABLE,
    "charging": ChargerStatus.CHARGING,
    "offline": ChargerStatus.UNAVAILABLE,
    "unavailable": ChargerStatus.UNAVAILABLE,
    "EVDetail_Status_Title_Charging": ChargerStatus.CHARGING,
    "EVDetail_Status_Title_Waiting": ChargerStatus.AVAILABLE,
    "EVDetail_Status_Title_Offline": ChargerStatus.UNAVAILABLE,
}


@frozen(kw_only=True)
class PowerRange:
    """What a charger's power can be set to (kW), in steps of 0.1."""

    min_kw: float
    max_kw: float
    phases: int

    def amps(self, kilowatts: float) -> float:
        """The current per phase that a power is."""
        return round(kilowatts * 1000 / (VOLTAGE_V * self.phases), 1)

    @property
    def least_a(self) -> float:
        """The least limit: rounded up, since below its own least power the charger would get more than was asked for."""
        return math.ceil(self.min_kw * 10_000 / (VOLTAGE_V * self.phases)) / 10

    def kilowatts(self, amps: float) -> float:
        """The nearest power below a current that can be set."""
        # Down to a tenth of a kilowatt: a limit protects a fuse. The millionth keeps 16 A from becoming 15.9 by the
        # rounding of floats.
        asked = int(amps * VOLTAGE_V * self.phases / 100 + 1e-6) / 10
        return min(max(asked, self.min_kw), self.max_kw)


_RANGES: Final = {
    7: PowerRange(min_kw=1.4, max_kw=7.0, phases=1),
    11: PowerRange(min_kw=4.2, max_kw=11.0, phases=3),
    22: PowerRange(min_kw=4.2, max_kw=22.0, phases=3),
}


def power_range(model: str | None, phases: int | None = None) -> PowerRange | None:
    """The range of a model such as ``GW11K-HCA``; None for an unknown one.

    Args:
        model: what the vendor calls it.
        phases: on how many the car charges, where the user gave it.
    """
    match = _MODEL.search(model or "")
    if match is None:
        return None
    known = _RANGES[int(match[1])]
    return PowerRange(min_kw=known.min_kw, max_kw=known.max_kw, phases=known.phases if phases is None else phases)


def is_charging(detail: EvCharger | None, last: LastCharge | None) -> bool:
    """Whether it charges: the charge log decides, since the detail's status lags behind."""
    work = to_status(last.log.work_status) if last and last.log else None
    if work is not None:
        return work == _CHARGING
    return detail is not None and _STATUSES.get(detail.status or "") is ChargerStatus.CHARGING


def is_plugged(detail: EvCharger | None) -> bool | None:
    """Whether a car is plugged in; None when unknown."""
    if detail is None:
        return None
    connected = to_status(detail.connected)
    if connected is not None:
        return connected == 1
    state = _STATES.get(detail.work_state or "")
    return None if state is None else state is not ChargerStatus.AVAILABLE


def to_charger_status(detail: EvCharger | None, last: LastCharge | None) -> ChargerStatus:
    """The charger's state."""
    word = _STATUSES.get((detail.status if detail else None) or "", ChargerStatus.UNKNOWN)
    if word is ChargerStatus.UNAVAILABLE:
        return word
    if is_charging(detail, last):
        return ChargerStatus.CHARGING
    plugged = is_plugged(detail)
    state = _STATES.get((detail.work_state if detail else None) or "")
    if plugged is False:
        return ChargerStatus.AVAILABLE
    if plugged and state in (None, ChargerStatus.AVAILABLE):
        finished = last is not None and last.log is not None and to_status(last.log.work_status) == _FINISHED
        return ChargerStatus.FINISHING if finished else ChargerStatus.PREPARING
    # The detail says "charging" and the log says that the charge is over: the log is right.
    fallback = ChargerStatus.UNKNOWN if word is ChargerStatus.CHARGING else word
    return state or fallback


def to_charger_reading(
    detail: EvCharger | None, last: LastCharge | None, stamp: Stamp, *, issues: tuple[Issue, ...] = ()
) -> EVChargerReading:
    """A charger's reading; the cloud reports no current, and the session's energy only."""
    log = last.log if last else None
    charging = is_charging(detail, last)
    # Believed while it charges only: the power in the log of a charge that is over does not flow now.
    drawn = watts(log.power_kw) if log else None
    power = drawn if charging else (0.0 if detail is not None or log is not None else None)
    if is_plugged(detail) is not False and any(each.field == "power_w" for each in issues):
        power = None  # the detail alone does not tell that nothing flows: its status lags behind
    odd = list(issues)
    power = believed_forward(power, "power_w", odd)
    session = log.energy_kwh if log else None
    if session is not None and session < 0:
        odd.append(Issue("session_kwh", f"{session:g} kWh is below zero"))
    return EVChargerReading(
        stamp=stamp,
        issues=tuple(odd),
        raw=detail if last is None else last,
        status=to_charger_status(detail, last),
        power_w=power,
        session_kwh=counter_or_none(session),
    )
