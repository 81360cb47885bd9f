"""A site that the emulator serves: what its record says, and the house and market behind it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from openpower_amber.models import SiteStatus
from openpower_core.provider import Channel
from openpower_simulation import House, Market, Plant

if TYPE_CHECKING:
    from collections.abc import Iterator

WIRE_CHANNELS: Final = {
    Channel.IMPORT: ("general", "E1", "3950"),
    Channel.CONTROLLED_LOAD: ("controlledLoad", "E2", "9000"),
    Channel.EXPORT: ("feedIn", "B1", "9850"),
}
"""In the order of Amber's answers: the type, the register, and the network's tariff code."""


@frozen(kw_only=True)
class Nameplate:
    """What Amber knows of a site."""

    id: str = "01HZXEM0SA1TEDS1TE00000001"
    nmi: str = "3100000001"
    network: str = "Energex"
    status: SiteStatus = SiteStatus.ACTIVE
    interval_length: int = 5
    channels: tuple[Channel, ...] = (Channel.IMPORT, Channel.EXPORT)
    active_from: date | None = date(2023, 5, 1)
    closed_on: date | None = None
    tz: str = "Australia/Brisbane"
    demand_tariff: bool = True
    """Whether intervals tell a demand window; else they tell period and season."""
    usage_published: time = time(6)
    """When, in market time, a day's usage is there: on the day after it."""


class EmulatedSite:
    """A nameplate with a simulated house behind it; the house may be shared with other emulators."""

    def __init__(
        self, nameplate: Nameplate | None = None, *, start: datetime, seed: int = 1, house: House | None = None
    ) -> None:
        self.nameplate = nameplate or Nameplate()
        plant = Plant(seed=seed, tz=self.nameplate.tz, price_interval_min=self.nameplate.interval_length)
        self.house = house or House(plant, start=start)
        self.market = Market(self.house.plant)

    @property
    def channels(self) -> Iterator[Channel]:
        """Its channels in the order of Amber's answers."""
        return (channel for channel in WIRE_CHANNELS if channel in self.nameplate.channels)

    def record(self) -> dict[str, Any]:
        """The site as ``GET /sites`` shows it; what does not apply is absent."""
        plate = self.nameplate
        told: dict[str, Any] = {
            "id": plate.id,
            "nmi": plate.nmi,
            "channels": [_channel(channel) for channel in self.channels],
            "network": plate.network,
            "status": plate.status.value,
            "intervalLength": self.market.resolution.seconds // 60,
        }
        if plate.active_from is not None:
            told["activeFrom"] = plate.active_from.isoformat()
        if plate.closed_on is not None:
            told["closedOn"] = plate.closed_on.isoformat()
        return told


def _channel(channel: Channel) -> dict[str, str]:
    kind, identifier, tariff = WIRE_CHANNELS[channel]
    return {"identifier": identifier, "type": kind, "tariff": tariff}
