# Generated from session.py by openpower_core's unasync.py; do not edit.
"""One AppID's way to the Open API, shared by every client object made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess._values import needed_text
from openpower_alphaess.envelope import EnvelopeCheck
from openpower_alphaess.limits import limiter_of
from openpower_alphaess.signing import HeaderSigner
from openpower_core.http import HttpClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpower_core.clock import Clock
    from openpower_core.http import Answer, Transport
    from openpower_core.secrets import Secret

__all__ = ["BASE_URL", "Session"]

BASE_URL: Final = "https://openapi.alphaess.com/api"
"""The only host that takes an AppID; it serves all regions."""


class Session:
    """Signs and sends the calls of one AppID."""

    def __init__(
        self,
        app_id: str | Secret,
        app_secret: str | Secret,
        *,
        base_url: str,
        transport: Transport | None,
        timeout: float,
        clock: Clock,
    ) -> None:
        app, secret = needed_text(app_id, "app_id"), needed_text(app_secret, "app_secret")
        signer = HeaderSigner(app.reveal(), secret)
        self.clock = clock
        self._http = HttpClient(
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

    def get(self, call: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Read; the endpoint's name is the path."""
        return self._http.request("GET", call, operation=call, params=params)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()
