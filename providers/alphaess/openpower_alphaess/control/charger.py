"""An EV charger's switch, and the household's current limit: what may be asked of each, and what it comes to."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from openpower_alphaess.models import EvChargerState, EvChargerStatus
from openpower_core.provider import Draft, InvalidValue

MIN_A: Final = 6.0
MAX_A: Final = 32.0
"""The range that the vendor's app and homeassistant-alphaESS offer, in steps of 1 A."""


class Switch(StrEnum):
    """A charger as far as starting and stopping go."""

    RUNNING = "running"
    WAITING = "waiting"
    """Started, and either side gives or takes no power; it takes both orders."""
    STOPPED = "stopped"
    UNPLUGGED = "unplugged"
    FAULTED = "faulted"
    UNKNOWN = "unknown"


_SWITCH: Final = {
    EvChargerStatus.AVAILABLE: Switch.UNPLUGGED,
    EvChargerStatus.PREPARING: Switch.STOPPED,
    EvChargerStatus.CHARGING: Switch.RUNNING,
    EvChargerStatus.SUSPENDED_CHARGER: Switch.WAITING,
    EvChargerStatus.SUSPENDED_VEHICLE: Switch.WAITING,
    EvChargerStatus.FINISHING: Switch.STOPPED,
    EvChargerStatus.FAULT: Switch.FAULTED,
}
_WHY: Final = {
    Switch.UNPLUGGED: ("no car is plugged in", "Plug the car in."),
    Switch.FAULTED: ("the charger reports a fault", "Look at the charger."),
    Switch.UNKNOWN: ("the charger is in an undocumented state", None),
}


def to_switch(state: EvChargerState) -> Switch:
    """A charger's state as far as starting and stopping go."""
    status = state.evcharger_status
    return Switch.UNKNOWN if status is None else _SWITCH.get(status, Switch.UNKNOWN)


def plan_switch(current: Switch, *, start: bool) -> Draft[Switch]:
    """What a start or a stop comes to.

    Start works in the states 2, 4, 5 and 6, stop in 3, 4 and 5 (homeassistant-alphaESS).

    Raises:
        InvalidValue: the charger's state does not allow it.
    """
    wanted = Switch.RUNNING if start else Switch.STOPPED
    # Stopping without a car is no mistake: nothing charges. Starting without one is.
    if current is wanted or (not start and current is Switch.UNPLUGGED):
        return Draft(document=current)
    if current in _WHY:
        why, hint = _WHY[current]
        verb = "started" if start else "stopped"
        raise InvalidValue(f"charging cannot be {verb}: {why}.", provider="alphaess", hint=hint)
    return Draft(document=wanted)


def shows_switch(current: Switch, wanted: Switch) -> bool:
    """Whether what was read shows what was wanted; a started charger may still wait for power or for the car."""
    if wanted is Switch.RUNNING:
        return current in (Switch.RUNNING, Switch.WAITING)
    if wanted is Switch.STOPPED:
        return current in (Switch.STOPPED, Switch.UNPLUGGED)
    return current is wanted
