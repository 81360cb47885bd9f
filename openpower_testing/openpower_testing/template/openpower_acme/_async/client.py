"""Acme's own API, in its own words."""

from __future__ import annotations

from openpower_core.provider import AsyncHttpClient, AsyncNativeClient, structure

from openpower_acme.models import Settings, Status


class AsyncAcme(AsyncNativeClient):
    """One method for each address; arguments and results as Acme's documentation has them."""

    _session: AsyncHttpClient

    def __init__(self, http: AsyncHttpClient) -> None:
        self._session = http

    async def get_status(self) -> Status:
        """The power flows now."""
        answer = await self._session.request("GET", "/status", operation="get_status")
        return structure(Status, answer.json())

    async def get_settings(self) -> Settings:
        """What can be set."""
        answer = await self._session.request("GET", "/settings", operation="get_settings")
        return structure(Settings, answer.json())

    async def set_settings(self, *, reserve: int) -> None:
        """Set the reserve, as a percentage in steps of 5."""
        # write=True: it is never repeated once it may have left.
        await self._session.request("PUT", "/settings", operation="set_settings", json={"reserve": reserve}, write=True)
