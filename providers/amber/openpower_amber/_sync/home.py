# Generated from home.py by openpower_testing; do not edit.
"""What a connection holds: the native client, and the discovery of the sites behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpower_amber._queries import to_state
from openpower_amber._sync.client import Amber
from openpower_amber._sync.retailer import AmberRetailer
from openpower_amber._sync.session import BASE_URL
from openpower_amber.sites import addressable
from openpower_core.provider import DeviceNotFound, Secret, mask

if TYPE_CHECKING:
    from datetime import timedelta

    from openpower_amber.models import Site, State
    from openpower_core.provider import Context, Device

__all__ = ["Home", "connect"]


def connect(
    context: Context,
    *,
    token: str | Secret,
    site: str | None = None,
    state: State | str | None = None,
    wait: bool | timedelta | None = None,
) -> Home:
    """Make the backend of a connection; nothing is asked of Amber yet."""
    native = Amber(
        token,
        site,
        base_url=context.url(BASE_URL),
        timeout=context.timeout,
        transport=context.transport,
        wait=wait,
        clock=context.clock,
    )
    return Home(native, context, state=None if state is None else to_state(state))


class Home:
    """The sites of one account, or the one that ``site=`` names."""

    def __init__(self, native: Amber, context: Context, *, state: State | None) -> None:
        self._native = native
        self._context = context
        self._state = state

    @property
    def native(self) -> Amber:
        """Amber's own API."""
        return self._native

    def discover(self) -> list[Device]:
        """Ask for the sites; closed and pending ones are listed, and meant only when named."""
        sites = self._native.list_sites()
        wanted = self._native.site
        found: list[Device] = [self._retailer(site_id, site) for site_id, site in addressable(sites, wanted)]
        if wanted is not None and not found:
            raise self._unknown(wanted, sites)
        return found

    def close(self) -> None:
        """Let go of the connections."""
        self._native.close()

    def _retailer(self, site_id: str, site: Site) -> AmberRetailer:
        return AmberRetailer(self._native.for_site(site_id), site, site_id, self._context, state=self._state)

    def _unknown(self, wanted: str, sites: list[Site]) -> DeviceNotFound:
        known = ", ".join(mask(site.id) for site in sites if site.id) or "none"
        return DeviceNotFound(
            f"the account has no site {mask(wanted)}; it has {known}.",
            provider="amber",
            device_id=wanted,
            operation="list_sites",
            hint="Leave site= out to see them all with devices().",
        )
