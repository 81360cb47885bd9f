"""EMHASS's REST API, as far as a plan needs it: one call, which writes and publishes nothing there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import httpx

from openpower_core.errors import (
    BadResponse,
    ConfigurationError,
    NetworkError,
    RateLimited,
    ServiceUnavailable,
    Timeout as TooSlow,
)
from openpower_hub.emhass.answer import error_of, table_of

TIMEOUT_S: Final = 60.0
MOST_BYTES: Final = 4_000_000
"""No answer is read beyond that; a plan of two days in steps of five minutes has a quarter of it."""
_PATH: Final = "/api/v1/dry-run/naive-mpc-optim"


class Client:
    """Asks EMHASS for plans.

    Args:
        url: where it listens.
        transport: what carries requests, for tests.
    """

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url.rstrip("/")
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, transport=transport, follow_redirects=False, trust_env=False)

    async def plan(self, body: Mapping[str, Any]) -> Any:
        """The answer to a request for a plan, as JSON.

        Raises:
            OpenPowerError: there is none; the error says why.
        """
        try:
            async with self._http.stream("POST", f"{self._url}{_PATH}", json=body) as response:
                content = await _bounded(response)
        except httpx.TimeoutException:
            raise TooSlow(f"EMHASS at {self._url} did not answer within {TIMEOUT_S:g} s.") from None
        except httpx.InvalidURL as error:
            raise ConfigurationError(f"[emhass] url {self._url!r} is no address: {error}.") from None
        except httpx.HTTPError as error:
            raise NetworkError(
                f"EMHASS at {self._url} cannot be reached ({type(error).__name__}).", hint="Is it running?"
            ) from None
        return _judged(response, content)

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()


async def _bounded(response: httpx.Response) -> bytes:
    content = bytearray()
    async for part in response.aiter_bytes():
        content += part
        if len(content) > MOST_BYTES:
            raise BadResponse(f"EMHASS's answer is longer than {MOST_BYTES} bytes.")
    return bytes(content)


def _judged(response: httpx.Response, content: bytes) -> Any:
    status = response.status_code
    if status == 404:
        raise ServiceUnavailable(
            "this EMHASS has no dry run, which openpower plans by.", hint="Update it: 0.18.7 is known to have it."
        )
    if status == 429:
        raise RateLimited("EMHASS is planning for somebody else.", retry_after=timedelta(seconds=2))
    try:
        answer: Any = json.loads(content)
    except ValueError:
        raise BadResponse(f"EMHASS answered {status} with something that is no JSON.") from None
    if status != 200:
        words = error_of(table_of(answer))
        raise BadResponse(f"EMHASS refused ({status}): {words}", hint=_hint(words))
    return answer


def _hint(words: str) -> str | None:
    if "forecast" not in words.lower():
        return None
    return 'Give it forecasts of its own, or set solar = "history" and load = "history" under [emhass].'
