"""ENTSO-E's token is part of the address: it shows in no log, message, frame or repr, whatever happens."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from openpower_core.errors import InvalidValue, OpenPowerError
from openpower_core.secrets import Secret
from openpower_dayahead import AsyncDayAhead, DayAhead

TOKEN = "Canary7/+e1f0-c9b5-4a2d"
REFUSAL = (
    "<Acknowledgement_MarketDocument><Reason><code>999</code><text>{}</text></Reason></Acknowledgement_MarketDocument>"
)


def echo(status: int) -> Callable[[httpx.Request], httpx.Response]:
    """Says again what it was sent, as gateways and debug pages do."""
    return lambda request: httpx.Response(
        status, text=REFUSAL.format(f"bad request {request.url} {TOKEN} {quote(TOKEN)}")
    )


def fail(error: Exception) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    return answer


ANSWERS: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    **{f"echo {status}": echo(status) for status in (200, 400, 401, 403, 429, 500)},
    "no XML": lambda request: httpx.Response(200, text=f"{request.url}"),
    "another unit": lambda _: httpx.Response(
        200,
        text=f"<Publication_MarketDocument><TimeSeries><price_Measure_Unit.name>{TOKEN}</price_Measure_Unit.name></TimeSeries></Publication_MarketDocument>",
    ),
    "network": fail(httpx.ConnectError("no route")),
    "timeout": fail(httpx.ReadTimeout("late")),
    "redirect": lambda request: httpx.Response(302, headers={"Location": str(request.url)}),
}


@pytest.mark.parametrize("answer", ANSWERS)
async def test_whatever_goes_wrong(
    answer: str, flavour: Any, service: Any, over: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.answer = ANSWERS[answer]
    home = flavour.connect(area="DE-LU", source="entsoe", token=TOKEN, **over, timeout=0.5)
    retailer = await flavour.ok(home.retailer())
    with pytest.raises(OpenPowerError) as caught:
        await flavour.ok(retailer.prices())

    error = caught.value
    frames = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    # Of this file's own frames the token is a local, of course.
    shown = [line for line in frames.splitlines() if "ANSWERS" not in line and "caught" not in line]
    told = f"{error!r} {vars(error)} {error.hint} {home!r} {home.native!r} {retailer!r} {vars(home.native)}"
    logs = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records)
    assert service.requests
    for text in ("\n".join(shown), told, logs):
        assert TOKEN not in text
        assert quote(TOKEN) not in text
        assert quote(TOKEN, safe="") not in text


@pytest.mark.parametrize("client", [DayAhead, AsyncDayAhead])
def test_a_token_that_cannot_be_sent_is_refused_by_name(client: type[Any]) -> None:
    for wrong in (f"{TOKEN}\n{TOKEN}", f"{TOKEN}\x00"):
        with pytest.raises(InvalidValue, match="token") as caught:
            client("DE-LU", "entsoe", token=wrong)
        assert TOKEN not in f"{caught.value!r}{vars(caught.value)}"
    assert TOKEN not in repr(vars(client("DE-LU", "entsoe", token=Secret(TOKEN))))
