"""What the simulated devices can do: everything, which only a simulation can say."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openpower_core.provider import Capabilities, Capability, Feature, Recurrence, ScheduleLimits, Support, WriteLimits

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BATTERY", "CHARGER", "INVERTER", "METER", "RETAILER", "SCHEDULE", "WRITES"]

_SIMULATED: Final = Capability(support=Support.FULL, note="Simulated: no hardware is behind it.")
_LATE: Final = Capability(support=Support.FULL, note="Simulated; a day's usage appears at 06:00 the next morning.")

_AUTO: Final = Capability(support=Support.FULL, note="Simulated; the battery serves house and car, and never the grid.")

SCHEDULE: Final = ScheduleLimits(recurrence=Recurrence.WEEKLY)
"""Any windows, by the minute, every day of the week, with power and target."""

WRITES: Final = WriteLimits(settle_timeout=timedelta(seconds=5), poll=timedelta(seconds=1))
"""The house obeys at once and as often as it is told."""


def _all(features: Iterable[Feature]) -> dict[Feature, Capability]:
    return dict.fromkeys(features, _SIMULATED)


METER: Final = Capabilities(features=_all([Feature.READ, Feature.HISTORY]))

INVERTER: Final = Capabilities(
    features=_all([Feature.READ, Feature.HISTORY, Feature.EXPORT_LIMIT, Feature.SET_EXPORT_LIMIT]), writes=WRITES
)

BATTERY: Final = Capabilities(
    features={Feature.AUTO: _AUTO}
    | _all(
        [
            Feature.READ,
            Feature.HISTORY,
            Feature.CHARGE,
            Feature.HOLD,
            Feature.NO_CHARGE,
            Feature.IDLE,
            Feature.EXPORT,
            Feature.COMMAND_POWER,
            Feature.COMMAND_TARGET_SOC,
            Feature.RELEASE,
            Feature.SCHEDULE,
            Feature.SET_SCHEDULE,
            Feature.SETTINGS,
            Feature.RESERVE_SOC,
            Feature.MAX_SOC,
            Feature.GRID_CHARGE_ALLOWED,
        ]
    ),
    schedule=SCHEDULE,
    writes=WRITES,
)

CHARGER: Final = Capabilities(
    features=_all(
        [
            Feature.READ,
            Feature.HISTORY,
            Feature.START,
            Feature.STOP,
            Feature.LIMITS,
            Feature.CHARGER_CURRENT,
            Feature.SITE_CURRENT,
        ]
    ),
    writes=WRITES,
)

RETAILER: Final = Capabilities(
    features={
        **_all([Feature.CURRENT_PRICE, Feature.PRICES, Feature.FORECAST, Feature.EXPORT_PRICES, Feature.GRID_MIX]),
        Feature.USAGE: _LATE,
    }
)
