"""Acme's own API, in its own vocabulary."""

from openpower_core.provider import AsyncNativeClient

from openpower_acme.models import Settings, Status


class AsyncAcme(AsyncNativeClient):
    """One method per endpoint; arguments and results as in Acme's documentation."""

    async def get_status(self) -> Status:
        """The current power flows."""
        return await self._fetch(Status, "get_status", "GET", "/status")

    async def get_settings(self) -> Settings:
        """The settings."""
        return await self._fetch(Settings, "get_settings", "GET", "/settings")

    async def set_reserve(self, reserve: int) -> None:
        """Set the reserve, as a percentage in steps of 5."""
        # write=True: it is never repeated once it may have been sent.
        await self._session.request("PUT", "/settings", operation="set_reserve", json={"reserve": reserve}, write=True)
