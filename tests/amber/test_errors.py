"""Whatever goes wrong at Amber, as its own error that names the place and the remedy, and never the token."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import amber_answers as answers
import httpx
import pytest

from openpower_amber.emulator.endpoints import BAD_REQUEST, INTERNAL, RANGE_TOO_LARGE, SITE_NOT_FOUND, Refusal
from openpower_core import errors

if TYPE_CHECKING:
    from openpower_amber.emulator import Emulator, ServedEmulator

TOKEN = "psk_canary00000000000000000000000000"


CAPTURED: list[tuple[int, Any, type[errors.OpenPowerError], str]] = [
    (401, {"message": "Unauthorized"}, errors.AuthenticationFailed, "Unauthorized"),
    (403, {"message": answers.FORBIDDEN}, errors.AuthenticationFailed, "explicit deny"),
    (422, answers.TOO_LARGE, errors.InvalidValue, "Maximum 7 days"),
    (429, {"message": "Too Many Requests"}, errors.RateLimited, "Too Many Requests"),
    (500, {"message": "Internal server error"}, errors.ServiceUnavailable, "Internal server error"),
]


@pytest.mark.parametrize(("status", "body", "kind", "words"), CAPTURED)
async def test_captured_errors(
    flavour: Any, service: Any, over: Any, status: int, body: Any, kind: type[errors.OpenPowerError], words: str
) -> None:
    """Each by its own class, in Amber's own words, with the call that failed."""
    content: Any = {"text": body} if isinstance(body, str) else {"json": body}
    service.answers["sites"] = httpx.Response(status, **content)

    with pytest.raises(kind, match=words) as caught:
        await flavour.ok(flavour.client(TOKEN, wait=False, **over).list_sites())

    assert caught.value.provider == "amber"
    assert caught.value.operation == "list_sites"
    assert caught.value.hint
    assert "canary" not in f"{caught.value!r} {caught.value} {caught.value.__dict__}"


IN_BETWEEN: list[tuple[int, dict[str, Any]]] = [
    (403, {"json": {"message": "Forbidden"}}),
    (403, {"json": {"message": "Missing Authentication Token"}}),
    (403, {"text": "Forbidden"}),
    (403, {"text": "<html>Attention Required! | Cloudflare</html>"}),
    (403, {"text": ""}),
]


@pytest.mark.parametrize(("status", "content"), IN_BETWEEN)
async def test_other_403s_say_nothing_about_the_token(
    flavour: Any, service: Any, over: Any, status: int, content: dict[str, Any]
) -> None:
    """A path that is not routed, a firewall and a CDN: only Amber's "not authorized" is about the token."""
    service.answers["sites"] = httpx.Response(status, **content)

    with pytest.raises(errors.BadResponse, match="does not come from the vendor's API"):
        await flavour.ok(flavour.client(TOKEN, wait=False, **over).list_sites())


@pytest.mark.parametrize("wait", [True, None])
async def test_a_retry_after_of_a_month_is_not_waited_for(
    flavour: Any, service: Any, over: Any, clock: Any, wait: bool | None
) -> None:
    """It raises at once with the whole figure, also for the patient; a minute later the account may ask again."""
    service.answers["sites"] = httpx.Response(429, headers={"Retry-After": "2592000"})
    api = flavour.client(TOKEN, wait=wait, **over)
    with pytest.raises(errors.RateLimited) as raised:
        await flavour.ok(api.list_sites())
    service.answers["sites"] = httpx.Response(200, json=[])

    assert raised.value.retry_after == timedelta(days=30)
    assert clock.monotonic() == 0
    clock.advance(61)
    await flavour.ok(api.list_sites())


REFUSED: list[tuple[Refusal, type[errors.OpenPowerError]]] = [
    (BAD_REQUEST, errors.InvalidValue),
    (SITE_NOT_FOUND, errors.DeviceNotFound),
    (RANGE_TOO_LARGE, errors.InvalidValue),
    (Refusal(500, "Internal server error"), errors.ServiceUnavailable),
    (INTERNAL, errors.ServiceUnavailable),
    (Refusal(503, "", plain=True), errors.ServiceUnavailable),
    (Refusal(504, "Endpoint request timed out"), errors.Timeout),
]


@pytest.mark.parametrize(("refusal", "kind"), REFUSED)
async def test_refusals_over_http(
    flavour: Any,
    served: ServedEmulator[Emulator],
    emulator: Emulator,
    refusal: Refusal,
    kind: type[errors.OpenPowerError],
) -> None:
    """By status, whether the body is JSON, text or nothing; failures of the service after some tries."""
    emulator.refuse(refusal, times=3)
    api = flavour.client(served.options["token"], base_url=served.url)

    with pytest.raises(kind) as caught:
        await flavour.ok(api.get_usage(date(2026, 8, 1), date(2026, 8, 2)))

    assert caught.value.vendor_code == str(refusal.status)
    assert len(emulator.seen) == (3 if refusal.status >= 500 else 1)
    await flavour.close(api)


async def test_a_failure_that_passes_is_not_seen(
    flavour: Any, served: ServedEmulator[Emulator], emulator: Emulator
) -> None:
    """A read is tried again."""
    emulator.refuse(INTERNAL, times=2)
    api = flavour.client(served.options["token"], base_url=served.url)

    assert len(await flavour.ok(api.list_sites())) == 1
    await flavour.close(api)


async def test_the_emulator_refuses_as_amber_does(flavour: Any, served: ServedEmulator[Emulator]) -> None:
    """A wrong token, an unknown site, and a path that there is not."""
    wrong = flavour.client(TOKEN, base_url=served.url)
    lost = flavour.client(served.options["token"], "NO_SUCH_SITE", base_url=served.url)
    astray = flavour.client(served.options["token"], base_url=served.url + "/v2")

    with pytest.raises(errors.AuthenticationFailed, match="explicit deny"):
        await flavour.ok(wrong.list_sites())
    with pytest.raises(errors.DeviceNotFound, match="Site not found"):
        await flavour.ok(lost.get_current_prices())
    with pytest.raises(errors.BadResponse, match="base_url"):
        await flavour.ok(astray.list_sites())
    for each in (wrong, lost, astray):
        await flavour.close(each)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "empty"}, "is empty"),
        ({"kind": "html"}, "HTML page"),
        ({"kind": "not_json"}, "broken JSON"),
        ({"kind": "status", "status": 200, "body": b'[{"type": "Usage", "kw'}, "broken JSON"),
        ({"kind": "status", "status": 200, "body": b'{"message": "hello"}'}, r"\$: expected a list"),
        ({"kind": "status", "status": 200, "body": b"[7]"}, r"\$\[0\]: expected an object"),
        ({"kind": "status", "status": 200, "body": b"null"}, r"\$: expected a list"),
    ],
)
async def test_answers_that_are_none(
    flavour: Any, served: ServedEmulator[Emulator], emulator: Emulator, fault: dict[str, Any], words: str
) -> None:
    """Over real HTTP; each says what came instead."""
    emulator.faults.add(**fault, times=3)
    api = flavour.client(served.options["token"], base_url=served.url)

    with pytest.raises(errors.BadResponse, match=words) as caught:
        await flavour.ok(api.get_usage(date(2026, 8, 1), date(2026, 8, 2)))

    assert caught.value.operation == "get_usage"
    assert caught.value.provider == "amber"
    await flavour.close(api)


@pytest.mark.parametrize("kind", ["truncated", "reset"])
async def test_a_connection_that_breaks(
    flavour: Any, served: ServedEmulator[Emulator], emulator: Emulator, kind: str
) -> None:
    """A body that is cut short is no answer."""
    emulator.faults.add(kind, times=3)
    api = flavour.client(served.options["token"], base_url=served.url)

    with pytest.raises((errors.NetworkError, errors.BadResponse)):
        await flavour.ok(api.list_sites())
    await flavour.close(api)


@pytest.mark.parametrize("place", [0, 777, 1247])
async def test_one_malformed_record_among_thousands(flavour: Any, service: Any, over: Any, place: int) -> None:
    """It costs its own field, and what was sent is kept."""
    data = answers.long_usage()
    data[place]["perKwh"] = "cheap"
    for record in data:
        record["date"] = "2026-08-04"
    service.answers["usage"] = httpx.Response(200, content=json.dumps(data))

    records = await flavour.ok(flavour.client(**over).get_usage())

    assert len(records) == len(data)
    assert [each.unreadable() for each in records if each.per_kwh is None] == [{"perKwh": "cheap"}]


async def test_records_without_any_value(flavour: Any, service: Any, over: Any) -> None:
    """The right shape with nothing in it is no data."""
    service.answers["sites"] = [{}, {"id": None}]

    with pytest.raises(errors.PartialData, match="all 2 records are empty"):
        await flavour.ok(flavour.client(**over).list_sites())
