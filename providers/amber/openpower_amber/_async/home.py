"""What a connection holds: the native client, and the discovery of the sites behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpower_amber._async.client import AsyncAmber
from openpower_amber._async.retailer import AsyncAmberRetailer
from openpower_amber._async.session import BASE_URL
from openpower_amber._queries import to_state
from openpower_amber.sites import addressable
from openpower_core.provider import DeviceNotFound, Secret, mask

if TYPE_CHECKING:
    from datetime import timedelta

    from openpower_amber.models import Site, State
    from openpower_core.provider import AsyncDevice, Context

__all__ = ["AsyncHome", "connect"]


def connect(
    context: Context,
    *,
    token: str | Secret,
    site: str | None = None,
    state: State | str | None = None,
    wait: bool | timedelta | None = None,
) -> AsyncHome:
    """Make the backend of a connection; nothing is asked of Amber yet."""
    native = AsyncAmber(
        token,
        site,
        base_url=context.url(BASE_URL),
        timeout=context.timeout,
        transport=context.transport,
        wait=wait,
        clock=context.clock,
    )
    return AsyncHome(native, context, state=None if state is None else to_state(state))


class AsyncHome:
    """The sites of one account, or the one that ``site=`` names."""

    def __init__(self, native: AsyncAmber, context: Context, *, state: State | None) -> None:
        self._native = native
        self._context = context
        self._state = state

    @property
    def native(self) -> AsyncAmber:
        """Amber's own API."""
        return self._native

    async def discover(self) -> list[AsyncDevice]:
        """Ask for the sites; closed and pending ones are listed, and meant only when named."""
        sites = await self._native.list_sites()
        wanted = self._native.site
        found: list[AsyncDevice] = [self._retailer(site_id, site) for site_id, site in addressable(sites, wanted)]
        if wanted is not None and not found:
            raise self._unknown(wanted, sites)
        return found

    async def aclose(self) -> None:
        """Let go of the connections."""
        await self._native.aclose()

    def _retailer(self, site_id: str, site: Site) -> AsyncAmberRetailer:
        return AsyncAmberRetailer(self._native.for_site(site_id), site, site_id, self._context, state=self._state)

    def _unknown(self, wanted: str, sites: list[Site]) -> DeviceNotFound:
        known = ", ".join(mask(site.id) for site in sites if site.id) or "none"
        return DeviceNotFound(
            f"the account has no site {mask(wanted)}; it has {known}.",
            provider="amber",
            device_id=wanted,
            operation="list_sites",
            hint="Leave site= out to see them all with devices().",
        )
