"""The words that devices are asked in: modes, days, scopes and channels, apart from the nouns that use them.

They stand in signatures and capabilities, which every program loads. :mod:`openpower_core.control` and
:mod:`openpower_core.prices` offer them as well; a program that only reads can do without the classes there.
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openpower_core.control import Permissions

__all__ = ["EVERY_DAY", "UNSET", "BatteryMode", "Channel", "CurrentScope", "Unset", "Weekday"]


class Unset(Enum):
    """The type of :data:`UNSET`."""

    UNSET = "unset"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""Stands for a setting that is to stay as it is, where None would have a meaning of its own."""


class BatteryMode(StrEnum):
    """What a battery may do, as four permissions (:attr:`permissions`).

    =========  ============  =============  =============  =============
    mode       PV→battery    grid→battery   battery→load   battery→grid
    =========  ============  =============  =============  =============
    AUTO       yes           no             yes            vendor's rule
    CHARGE     yes           **forced**     no             no
    HOLD       yes           no             no             no
    NO_CHARGE  no            no             yes            no
    IDLE       no            no             no             no
    EXPORT     no            no             yes            **forced**
    =========  ============  =============  =============  =============
    """

    AUTO = "auto"
    CHARGE = "charge"
    HOLD = "hold"
    NO_CHARGE = "no_charge"
    IDLE = "idle"
    EXPORT = "export"

    @property
    def permissions(self) -> Permissions:
        """The row of the table above."""
        from openpower_core.control import PERMISSIONS

        return PERMISSIONS[self]


class Weekday(IntEnum):
    """ISO 8601 days of the week."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


EVERY_DAY: Final = frozenset(Weekday)


class CurrentScope(StrEnum):
    """What a current limit limits."""

    CHARGER = "charger"
    """The charging point."""
    SITE = "site"
    """The house's grid connection, which load balancing protects."""


class Channel(StrEnum):
    """Which way, and through which register of the meter, energy flows."""

    IMPORT = "import"
    CONTROLLED_LOAD = "controlled_load"
    EXPORT = "export"
