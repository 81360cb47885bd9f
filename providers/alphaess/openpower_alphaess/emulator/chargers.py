"""Emulated EV chargers: the vendor's states, and the buttons and plugs that move between them."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from openpower_core.provider import ChargerStatus

__all__ = ["Charger", "ChargerState"]


class ChargerState(IntEnum):
    """``evchargerStatus``; 7 and 8 are not documented."""

    AVAILABLE = 1
    PREPARING = 2
    CHARGING = 3
    SUSPENDED_EVSE = 4
    SUSPENDED_EV = 5
    FINISHING = 6
    FAULTED = 9


_OF_THE_HOUSE: Final = {
    ChargerStatus.AVAILABLE: ChargerState.AVAILABLE,
    ChargerStatus.PREPARING: ChargerState.PREPARING,
    ChargerStatus.CHARGING: ChargerState.CHARGING,
    ChargerStatus.SUSPENDED_EVSE: ChargerState.SUSPENDED_EVSE,
    ChargerStatus.SUSPENDED_EV: ChargerState.SUSPENDED_EV,
    ChargerStatus.FINISHING: ChargerState.FINISHING,
    ChargerStatus.FAULTED: ChargerState.FAULTED,
}
_STARTABLE: Final = frozenset({2, 4, 5, 6})
_STOPPABLE: Final = frozenset({3, 4, 5})


class Charger:
    """One charger.

    The first charger of a system follows the house's own car until a test takes over, with :meth:`plug` or by
    setting :attr:`state`; every other one is the test's from the beginning.
    """

    def __init__(self, serial: str, model: str, *, follows_house: bool, power_w: float) -> None:
        self.serial = serial
        self.model = model
        self.follows_house = follows_house
        self.rated_w = power_w
        self._state = ChargerState.AVAILABLE

    @property
    def state(self) -> ChargerState:
        """What it shows."""
        return self._state

    @state.setter
    def state(self, state: ChargerState | int) -> None:
        self.follows_house = False
        self._state = ChargerState(state)

    @property
    def power_w(self) -> float:
        """What it delivers of its own; the house knows the rest."""
        charging = self._state is ChargerState.CHARGING
        return self.rated_w if charging and not self.follows_house else 0.0

    def follow(self, status: ChargerStatus, *, stopped: bool) -> None:
        """Show what the house's charging point does; stopped from afar, it shows Finishing."""
        if not self.follows_house:
            return
        current = stopped and status is ChargerStatus.SUSPENDED_EVSE
        self._state = ChargerState.FINISHING if current else _OF_THE_HOUSE[status]

    def plug(self) -> None:
        """A car is plugged in and waits to be started."""
        self.state = ChargerState.PREPARING

    def unplug(self) -> None:
        """The car leaves."""
        self.state = ChargerState.AVAILABLE

    def start(self) -> bool:
        """Start charging; False where the state does not allow it."""
        if self._state not in _STARTABLE:
            return False
        self._state = ChargerState.CHARGING
        return True

    def stop(self) -> bool:
        """End charging; False where the state does not allow it."""
        if self._state not in _STOPPABLE:
            return False
        self._state = ChargerState.FINISHING
        return True
