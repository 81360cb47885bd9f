"""What type checkers see of a provider's author's work; checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, assert_type

import openpower
from openpower_core.provider import (
    AsyncBackend,
    AsyncBaseMeter,
    AsyncHttpClient,
    AsyncSharedFetch,
    Backend,
    BaseMeter,
    Context,
    Credential,
    HttpClient,
    Option,
    ProviderSpec,
    Role,
    Secret,
    SharedFetch,
    Span,
    hookimpl,
)


class Api:
    """A vendor's native API."""


class AsyncApi:
    """The same for asyncio."""


class Meter(BaseMeter):
    """A device that overrides one method."""

    def __init__(self, shared: SharedFetch[int], context: Context) -> None:
        info = openpower.DeviceInfo(id="1/meter", provider="acme", serial="1", role=Role.METER)
        super().__init__(info, capabilities=openpower.Capabilities(), context=context)
        self._shared = shared

    def read(self, *, max_age: Span | None = None) -> openpower.MeterReading:
        fetched = self._shared.get(max_age)
        assert_type(fetched.value, int)
        stamp = openpower.Stamp(received_at=fetched.received_at)
        return openpower.MeterReading(stamp=stamp, power_w=fetched.value)


class AsyncMeter(AsyncBaseMeter):
    """The same for asyncio."""

    shared: AsyncSharedFetch[int]

    async def read(self, *, max_age: Span | None = None) -> openpower.MeterReading:
        fetched = await self.shared.get(max_age)
        assert_type(fetched.value, int)
        stamp = openpower.Stamp(received_at=fetched.received_at)
        return openpower.MeterReading(stamp=stamp, power_w=fetched.value)


class Home:
    """A backend."""

    def __init__(self, context: Context, client: HttpClient) -> None:
        self.native = Api()
        self._context, self._client = context, client

    def discover(self) -> Sequence[openpower.Device]:
        shared = SharedFetch(lambda: 5, max_age=timedelta(seconds=5), clock=self._context.clock)
        return [Meter(shared, self._context)]

    def close(self) -> None:
        self._client.close()


class AsyncHome:
    """The same for asyncio."""

    def __init__(self, client: AsyncHttpClient) -> None:
        self.native = AsyncApi()
        self._client = client

    async def discover(self) -> Sequence[openpower.AsyncDevice]:
        return []

    async def aclose(self) -> None:
        await self._client.aclose()


def connect(context: Context, *, token: Secret) -> Backend[Api]:
    """A factory."""
    base_url = context.url("https://acme.example")
    return Home(context, HttpClient(provider="acme", base_url=base_url, secrets=[token]))


def connect_async(context: Context, *, token: Secret) -> AsyncBackend[AsyncApi]:
    """The same for asyncio."""
    base_url = context.url("https://acme.example")
    return AsyncHome(AsyncHttpClient(provider="acme", base_url=base_url, secrets=[token]))


@hookimpl
def openpower_provider() -> ProviderSpec:
    """The specification; lists do where tuples are kept."""
    spec = ProviderSpec(
        name="acme",
        roles=[Role.METER],
        credentials=[Credential("token", where="https://acme.example")],
        options=(Option("site"),),
        connect=connect,
        connect_async="openpower_acme._async:connect",
    )
    assert_type(spec.credentials, tuple[Credential, ...])
    assert_type(openpower.connect(spec), openpower.Connection[Any])
    return spec
