"""``connect`` and ``connect_async`` with the first-party providers' own types; the work is done in core."""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any, overload

from openpower_core.connection import _connect

if TYPE_CHECKING:
    from typing import Literal, Unpack

    from openpower._options import (
        AlphaESSOptions,
        AmberOptions,
        DemoOptions,
        GoodWeLocalOptions,
        GoodWeOptions,
        SemsPlusOptions,
    )
    from openpower_alphaess import AlphaESS, AsyncAlphaESS
    from openpower_amber import Amber, AsyncAmber
    from openpower_core.connection import AsyncConnection, Connection
    from openpower_core.registry.spec import ProviderSpec
    from openpower_demo import AsyncDemoHome, DemoHome
    from openpower_goodwe import (
        AsyncGoodWeLocal,
        AsyncGoodWeOpenAPI,
        AsyncSemsPlus,
        GoodWeLocal,
        GoodWeOpenAPI,
        SemsPlus,
    )

__all__ = ["connect", "connect_async"]


@overload
def connect(provider: Literal["alphaess"], **options: Unpack[AlphaESSOptions]) -> Connection[AlphaESS]: ...
@overload
def connect(provider: Literal["amber"], **options: Unpack[AmberOptions]) -> Connection[Amber]: ...
@overload
def connect(provider: Literal["demo"], **options: Unpack[DemoOptions]) -> Connection[DemoHome]: ...
@overload
def connect(provider: Literal["goodwe"], **options: Unpack[GoodWeOptions]) -> Connection[GoodWeOpenAPI]: ...
@overload
def connect(provider: Literal["goodwe-sems"], **options: Unpack[SemsPlusOptions]) -> Connection[SemsPlus]: ...
@overload
def connect(provider: Literal["goodwe-local"], **options: Unpack[GoodWeLocalOptions]) -> Connection[GoodWeLocal]: ...
@overload
def connect(provider: str | ProviderSpec, **options: Any) -> Connection[Any]: ...
def connect(provider: str | ProviderSpec, **options: Any) -> Connection[Any]:
    """Connect to a provider; see :func:`openpower_core.connection.connect`."""
    return _connect.connect(provider, **options)


@overload
def connect_async(
    provider: Literal["alphaess"], **options: Unpack[AlphaESSOptions]
) -> AsyncConnection[AsyncAlphaESS]: ...
@overload
def connect_async(provider: Literal["amber"], **options: Unpack[AmberOptions]) -> AsyncConnection[AsyncAmber]: ...
@overload
def connect_async(provider: Literal["demo"], **options: Unpack[DemoOptions]) -> AsyncConnection[AsyncDemoHome]: ...
@overload
def connect_async(
    provider: Literal["goodwe"], **options: Unpack[GoodWeOptions]
) -> AsyncConnection[AsyncGoodWeOpenAPI]: ...
@overload
def connect_async(
    provider: Literal["goodwe-sems"], **options: Unpack[SemsPlusOptions]
) -> AsyncConnection[AsyncSemsPlus]: ...
@overload
def connect_async(
    provider: Literal["goodwe-local"], **options: Unpack[GoodWeLocalOptions]
) -> AsyncConnection[AsyncGoodWeLocal]: ...
@overload
def connect_async(provider: str | ProviderSpec, **options: Any) -> AsyncConnection[Any]: ...
def connect_async(provider: str | ProviderSpec, **options: Any) -> AsyncConnection[Any]:
    """Connect to a provider for asyncio; see :func:`openpower_core.connection.connect_async`."""
    return _connect.connect_async(provider, **options)


# So that help() and inspect.signature() tell the whole story, not the forwarding.
update_wrapper(connect, _connect.connect)
update_wrapper(connect_async, _connect.connect_async)
