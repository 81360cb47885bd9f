"""One AppID's way to the Open API, shared by every client object made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess._values import needed_text
from openpower_alphaess.envelope import EnvelopeCheck
from openpower_alphaess.limits import limiter_of
from openpower_alphaess.signing import HeaderSigner
from openpower_core.http import AsyncHttpClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpower_core.clock import Clock
    from openpower_core.http import Answer, AsyncTransport
    from openpower_core.secrets import Secret

__all__ = ["BASE_URL", "AsyncSession"]

BASE_URL: Final = "https://openapi.alphaess.com/api"
"""The only host that takes an AppID; it serves all regions."""


class AsyncSession:
    """Signs and sends the calls of one AppID."""

    def __init__(
        self,
        app_id: str | Secret,
        app_secret: str | Secret,
        *,
        base_url: str,
        transport: AsyncTransport | None,
        timeout: float,
        clock: Clock,
    ) -> None:
        app, secret = needed_text(app_id, "app_id"), needed_text(app_secret, "app_secret")
        signer = HeaderSigner(app.reveal(), secret)
        self.clock = clock
        self._http = AsyncHttpClient(
            provider="alphaess",
            base_url=base_url,
            timeout=timeout,
            transport=transport,
            sign=signer,
            check=EnvelopeCheck(signer),
            limiter=limiter_of(app.reveal(), base_url, clock),
            clock=clock,
            secrets=(secret,),
        )

    async def get(self, call: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Read; the endpoint's name is the path."""
        return await self._http.request("GET", call, operation=call, params=params)

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()
