"""Amber's sites as retailers: who they are, what they can tell, and in which state they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpower_amber.mapping import CHANNELS
from openpower_amber.models import SiteStatus, State
from openpower_core.provider import Capabilities, Capability, Channel, DeviceInfo, Feature, Role, Support

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openpower_amber.models import Site

__all__ = ["addressable", "capabilities_of", "channels_of", "state_of", "to_info", "zone_of"]

_NETWORKS: Final = (
    ("ausgrid", State.NEW_SOUTH_WALES, "Australia/Sydney"),
    ("endeavour", State.NEW_SOUTH_WALES, "Australia/Sydney"),
    ("essential", State.NEW_SOUTH_WALES, None),  # Broken Hill keeps Adelaide's time
    ("evoenergy", State.NEW_SOUTH_WALES, "Australia/Sydney"),  # the ACT is in the same market region
    ("energex", State.QUEENSLAND, "Australia/Brisbane"),
    ("ergon", State.QUEENSLAND, "Australia/Brisbane"),
    ("sa power", State.SOUTH_AUSTRALIA, "Australia/Adelaide"),
    ("sapn", State.SOUTH_AUSTRALIA, "Australia/Adelaide"),
    ("ausnet", State.VICTORIA, "Australia/Melbourne"),
    ("citipower", State.VICTORIA, "Australia/Melbourne"),
    ("jemena", State.VICTORIA, "Australia/Melbourne"),
    ("powercor", State.VICTORIA, "Australia/Melbourne"),
    ("united", State.VICTORIA, "Australia/Melbourne"),
)
"""Who owns the wires where: the state of the market, and the time zone if all of the area has one."""

_USAGE_NOTE: Final = "A day is published on the day after it, and kept for some 90 days."
_FORECAST_NOTE: Final = "Reaches 16 to 40 hours ahead; beyond the first hour in half hours."
_HISTORY_NOTE: Final = "Prices of some 18 months back have been seen (2026-09); older ones are gaps."


def addressable(sites: Iterable[Site], only: str | None = None) -> Iterator[tuple[str, Site]]:
    """The sites that can be asked about, by id; only the one that is named, if one is."""
    for site in sites:
        if site.id and (only is None or site.id == only):
            yield site.id, site


def channels_of(site: Site) -> frozenset[Channel]:
    """The channels of its meter, as far as they are known here."""
    kinds = [channel.type or "" for channel in site.channels or ()]
    return frozenset(CHANNELS[kind] for kind in kinds if kind in CHANNELS)


def state_of(site: Site) -> State | None:
    """The state, by the owner of its wires, since Amber does not tell it; None when not known."""
    return next((state for name, state, _ in _NETWORKS if name in _network(site)), None)


def zone_of(site: Site) -> str | None:
    """The time zone, by the owner of its wires; None when not known, or when the area has two."""
    return next((zone for name, _, zone in _NETWORKS if name in _network(site)), None)


def to_info(site: Site, site_id: str, tz: str | None) -> DeviceInfo:
    """Who the retailer of a site is; closed and pending sites are not in use.

    Args:
        site: the site.
        site_id: its id.
        tz: the zone that the user told; it comes before that of the network.
    """
    return DeviceInfo(
        id=f"{site_id}/{Role.RETAILER}",
        provider="amber",
        serial=site_id,
        role=Role.RETAILER,
        model=site.network,
        vendor="Amber Electric",
        tz=tz or zone_of(site),
        active=site.status not in (SiteStatus.CLOSED, SiteStatus.PENDING),
    )


def _network(site: Site) -> str:
    return (site.network or "").lower()


def capabilities_of(site: Site, state: State | None) -> Capabilities:
    """What can be asked about a site."""
    full = Capability(support=Support.FULL)
    exports = Channel.EXPORT in channels_of(site)
    return Capabilities(
        features={
            Feature.CURRENT_PRICE: full,
            Feature.PRICES: Capability(support=Support.FULL, note=_HISTORY_NOTE),
            Feature.FORECAST: Capability(support=Support.FULL, note=_FORECAST_NOTE),
            Feature.EXPORT_PRICES: full if exports else _no_export(),
            Feature.USAGE: Capability(support=Support.FULL, note=_USAGE_NOTE),
            Feature.GRID_MIX: full if state else _from_prices(),
        }
    )


def _no_export() -> Capability:
    note = "the site has no feed-in channel"
    return Capability(support=Support.UNSUPPORTED, note=note)


def _from_prices() -> Capability:
    note = "The site's state is not known, so the share that comes with its prices is told; state= names it."
    return Capability(support=Support.EMULATED, note=note)
