"""Amber's sites as retailers: their state and time zone, what they offer, and what an empty usage means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from openpower_amber.client.errors import NoLongerKept, NotPublishedYet
from openpower_amber.client.requests import nem_date, nem_days
from openpower_amber.mapping import CHANNELS
from openpower_amber.models import Site, SiteStatus, State
from openpower_core.provider import Capabilities, Capability, Channel, DeviceInfo, Feature, Role, Support

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
"""Network operators, with the state of their market, and the time zone if their whole area has one."""

USAGE_KEPT: Final = timedelta(days=90)
_YESTERDAY: Final = timedelta(days=1)

_USAGE_NOTE: Final = "A day is published on the day after it, and kept for some 90 days."
_FORECAST_NOTE: Final = "Reaches 16 to 40 hours ahead; beyond the first hour in half hours."
_HISTORY_NOTE: Final = "Prices of some 18 months back have been seen (2026-09); older ones are gaps."
_FROM_PRICES: Final = (
    "The site's state is unknown, so the share comes from the records of its prices; state= names the state."
)


def addressable(sites: Iterable[Site], only: str | None = None) -> Iterator[tuple[str, Site]]:
    """The sites that have an id, with it; only the named one, if one is."""
    for site in sites:
        if site.id and (only is None or site.id == only):
            yield site.id, site


def channels_of(site: Site) -> frozenset[Channel]:
    """The channels of its meter that openpower knows."""
    kinds = [channel.type or "" for channel in site.channels or ()]
    return frozenset(CHANNELS[kind] for kind in kinds if kind in CHANNELS)


def state_of(site: Site) -> State | None:
    """The state, by its network operator, since Amber does not send it; None means unknown."""
    return next((state for name, state, _ in _NETWORKS if name in _network(site)), None)


def zone_of(site: Site) -> str | None:
    """The time zone, by its network operator; None means unknown, or that the area has two."""
    return next((zone for name, _, zone in _NETWORKS if name in _network(site)), None)


def to_info(site: Site, site_id: str, tz: str | None) -> DeviceInfo:
    """The retailer of a site; closed and pending sites are not in use.

    Args:
        site: the site.
        site_id: its id.
        tz: the zone that the user gave; it comes before that of the network.
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
    """What a site offers."""
    full = Capability(support=Support.FULL)
    no_export = Capability(support=Support.UNSUPPORTED, note="the site has no feed-in channel")
    from_prices = Capability(support=Support.EMULATED, note=_FROM_PRICES)
    return Capabilities(
        features={
            Feature.CURRENT_PRICE: full,
            Feature.PRICES: Capability(support=Support.FULL, note=_HISTORY_NOTE),
            Feature.FORECAST: Capability(support=Support.FULL, note=_FORECAST_NOTE),
            Feature.EXPORT_PRICES: full if Channel.EXPORT in channels_of(site) else no_export,
            Feature.USAGE: Capability(support=Support.FULL, note=_USAGE_NOTE),
            Feature.GRID_MIX: full if state else from_prices,
        }
    )


def explain_no_usage(site: Site, start: datetime, end: datetime, now: datetime) -> None:
    """Raise what an empty list means, where the dates say so; otherwise there was none, as before supply began.

    A day of a supplied site always has its intervals, so an empty yesterday is one that is still to come.
    """
    first, last = nem_days(start, end)
    today = nem_date(now)
    supplied = (site.active_from or first) <= last and first <= (site.closed_on or first)
    if supplied and last < today - USAGE_KEPT:
        raise NoLongerKept(
            f"usage of {last} and before is no longer kept.",
            provider="amber",
            operation="usage",
            hint=f"Amber keeps {USAGE_KEPT.days} days.",
        )
    if supplied and first >= today - _YESTERDAY:
        raise NotPublishedYet(
            f"usage of {first} is not published yet.",
            provider="amber",
            operation="usage",
            hint="A day comes on the day after it (UTC+10), usually in the morning.",
        )
