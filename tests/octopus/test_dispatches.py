"""Intelligent Octopus (unproven): dispatches make whole half hours low; GraphQL says no with HTTP 200, and counts new tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from openpower_core.errors import AuthenticationFailed, BadResponse, MissingCredential, RateLimited
from openpower_octopus import CompletedDispatch, DispatchMeta, PlannedDispatch
from openpower_octopus.emulator import Emulator, Home, Refusal, serve
from openpower_octopus.emulator.app import BAD_KEY, BLOCKED, TOO_MANY
from openpower_octopus.mapping.pricing import to_dispatches
from tests.octopus.conftest import NOW

LOW, USUAL = Decimal("0.0849975"), Decimal("0.2895858")
HALF = timedelta(minutes=30)
TARIFF = "E-1R-INTELLI-VAR-22-10-14-C"


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc,arg-type]


def done(start: str, end: str, source: str | None = None, delta: float = -1.0) -> CompletedDispatch:
    return CompletedDispatch(
        start=datetime.fromisoformat(start),
        end=datetime.fromisoformat(end),
        delta=delta,
        meta=DispatchMeta(source=source),
    )


@pytest.mark.parametrize(
    ("entries", "spans"),
    [
        # octopus/real_dispatches_completed_2025-06-27_28: offsets, neighbours as one, nothing at 14:00, a tail of -0.01 kWh
        (
            [
                done("2025-06-27T13:00:00+01:00", "2025-06-27T13:30:00+01:00"),
                done("2025-06-27T13:30:00+01:00", "2025-06-27T14:00:00+01:00"),
                done("2025-06-27T14:30:00+01:00", "2025-06-27T15:00:00+01:00", delta=-0.01),
            ],
            [(utc(2025, 6, 27, 12), utc(2025, 6, 27, 13)), (utc(2025, 6, 27, 13, 30), utc(2025, 6, 27, 14))],
        ),
        # not on half hours: all that are touched
        ([done("2025-06-27T12:10:00Z", "2025-06-27T12:31:00Z")], [(utc(2025, 6, 27, 12), utc(2025, 6, 27, 13))]),
        ([done("2025-06-27T12:00:00Z", "2025-06-27T12:30:00Z", "bump-charge")], []),
        (
            [done("2025-06-27T12:00:00Z", "2025-06-27T12:30:00Z", "smart-charge")],
            [(utc(2025, 6, 27, 12), utc(2025, 6, 27, 12, 30))],
        ),
        ([done("2025-06-27T12:30:00Z", "2025-06-27T12:00:00Z"), CompletedDispatch()], []),
    ],
)
def test_the_half_hours_of_dispatches(entries: list[CompletedDispatch], spans: list[Any]) -> None:
    assert list(to_dispatches([], entries).completed) == spans


def test_a_bump_charge_is_not_planned_to_be_low() -> None:
    times = {"start": utc(2026, 8, 15, 14), "end": utc(2026, 8, 15, 15)}
    kinds = [PlannedDispatch(type=kind, **times) for kind in ("BOOST", "SMART")]

    assert to_dispatches(kinds[:1], []).planned == ()
    assert to_dispatches(kinds[1:], []).planned == ((times["start"], times["end"]),)


def home(**changes: Any) -> Home:
    planned = (
        {
            "start": "2026-08-04T14:10:00+01:00",
            "end": "2026-08-04T15:00:00+01:00",
            "type": "SMART",
            "energyAddedKwh": "-3.2",
        },
    )
    completed = (
        {"start": "2026-08-04T07:00:00+00:00", "end": "2026-08-04T07:20:00+00:00", "delta": "-0.5", "meta": None},
    )
    return Home(tariff=TARIFF, **{"planned": planned, "completed": completed, **changes})


async def prices_of(flavour: Any, served: Any, start: datetime, end: datetime) -> Any:
    connection = flavour.connect(**served.options)
    retailer = await flavour.ok(connection.retailer())
    series = await flavour.ok(retailer.prices(start, end, channel="import"))
    await flavour.close(connection)
    return series


async def test_dispatches_change_the_price(flavour: Any, clock: Any) -> None:
    """What was completed is firm; what is planned is an estimate, in a band up to the usual price."""
    with serve(Emulator(home(), clock=clock)) as served:
        series = await prices_of(flavour, served, utc(2026, 8, 4, 5), utc(2026, 8, 4, 20))

    assert [(each.start, each.end, each.per_kwh, each.estimate) for each in series][1:-1] == [
        (utc(2026, 8, 4, 7), utc(2026, 8, 4, 7, 30), LOW, False),
        (utc(2026, 8, 4, 7, 30), utc(2026, 8, 4, 13), USUAL, False),
        (utc(2026, 8, 4, 13), utc(2026, 8, 4, 14), LOW, True),
    ]
    planned = series.at(utc(2026, 8, 4, 13, 30))
    assert (planned.low, planned.high, planned.period) == (LOW, USUAL, "dispatch")
    assert not series.gaps
    assert series.at(utc(2026, 8, 4, 6, 59)).per_kwh == USUAL


async def test_the_night_needs_no_dispatch(flavour: Any, clock: Any) -> None:
    """23:30 to 05:30 by the wall clock is low anyway, and stays firm."""
    night = (
        {
            "start": "2026-08-05T00:00:00+01:00",
            "end": "2026-08-05T02:00:00+01:00",
            "type": "SMART",
            "energyAddedKwh": None,
        },
    )
    with serve(Emulator(home(planned=night), clock=clock)) as served:
        series = await prices_of(flavour, served, utc(2026, 8, 4, 22), utc(2026, 8, 5, 5))

    assert [(each.start, each.per_kwh) for each in series if each.estimate] == []
    assert series.at(utc(2026, 8, 5, 0)).per_kwh == LOW


async def test_dispatches_are_kept_for_three_days(flavour: Any, clock: Any) -> None:
    """Older prices are there, and it is said that some may have been lower."""
    with serve(Emulator(home(), clock=clock)) as served:
        series = await prices_of(flavour, served, NOW - timedelta(days=5), NOW)

    assert [(gap.start, gap.end) for gap in series.gaps] == [(NOW - timedelta(days=5), NOW - timedelta(days=3))]
    assert len(series) > 8


@pytest.mark.parametrize("refusal", [TOO_MANY, BAD_KEY, Refusal.graphql("KT-CT-1188", "Too complex.", "devices")])
async def test_unknown_dispatches_do_not_cost_the_prices(flavour: Any, clock: Any, refusal: Refusal) -> None:
    """They are the tariff's, may be lower, and the gap says why."""
    emulator = Emulator(home(), clock=clock)
    emulator.refuse(refusal, path="/graphql/", times=9)
    with serve(emulator) as served:
        series = await prices_of(flavour, served, utc(2026, 8, 4, 12), utc(2026, 8, 4, 15))

    assert {(each.per_kwh, each.estimate) for each in series} == {(USUAL, None)}
    assert ["dispatches are not known" in gap.reason for gap in series.gaps] == [True]


async def test_none_planned_where_octopus_cannot_tell(flavour: Any, clock: Any) -> None:
    """KT-CT-4340, as for a car that is away."""
    emulator = Emulator(home(), clock=clock)
    with serve(emulator) as served:
        api = flavour.client(**served.options)
        await flavour.ok(api.get_devices())
        emulator.refuse(Refusal.graphql("KT-CT-4340", "Unable to fetch planned dispatches.", "flexPlannedDispatches"))
        assert await flavour.ok(api.get_planned_dispatches("0000-0001")) == []
        await flavour.close(api)


def mints(emulator: Emulator, bodies: list[str]) -> int:
    return sum("obtainKrakenToken" in body for body in bodies)


@pytest.fixture
def counted(clock: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An emulator that counts its tokens."""
    emulator = Emulator(home(), clock=clock)
    bodies: list[str] = []
    graphql = emulator.answer

    async def answer(handler: Any, request: Any) -> Any:
        bodies.append((await request.body()).decode())
        return await graphql(handler, request)

    monkeypatch.setattr(emulator, "answer", answer)
    with serve(emulator) as served:
        yield served, emulator, lambda: mints(emulator, bodies)


async def test_a_token_serves_for_an_hour(flavour: Any, counted: Any, clock: Any) -> None:
    """It is renewed five minutes early, and not before."""
    served, _, count = counted
    api = flavour.client(**served.options)
    for minutes, tokens in ((0, 1), (54, 1), (2, 2), (10, 2)):
        clock.advance(timedelta(minutes=minutes))
        await flavour.ok(api.get_devices())
        assert count() == tokens
    await flavour.close(api)


async def test_a_rate_limit_is_no_reason_for_a_new_token(flavour: Any, counted: Any) -> None:
    """KT-CT-1199 calls itself AUTHORIZATION: the token stays, nothing is repeated."""
    served, emulator, count = counted
    api = flavour.client(**served.options)
    await flavour.ok(api.get_devices())
    emulator.refuse(TOO_MANY, path="/graphql/")
    before = len(emulator.seen)

    with pytest.raises(RateLimited):
        await flavour.ok(api.get_devices())
    assert len(emulator.seen) == before + 1
    await flavour.ok(api.get_devices())

    assert count() == 1
    await flavour.close(api)


async def test_a_refused_mint_pauses(flavour: Any, counted: Any, clock: Any) -> None:
    """No other token is asked for within a quarter of an hour."""
    served, emulator, count = counted
    api = flavour.client(**served.options)
    emulator.refuse(TOO_MANY, path="/graphql/")
    for sent in (False, True, True):
        with pytest.raises(RateLimited) as caught:
            await flavour.ok(api.get_devices())
        assert caught.value.nothing_sent is sent
    assert count() == 1
    clock.advance(timedelta(minutes=16))
    await flavour.ok(api.get_devices())

    assert count() == 2
    await flavour.close(api)


async def test_an_expired_token_is_replaced_once(flavour: Any, counted: Any) -> None:
    """KT-CT-1124: a new token, and the call once more; not again and again."""
    served, emulator, count = counted
    api = flavour.client(**served.options)
    await flavour.ok(api.get_devices())
    expired = Refusal.graphql("KT-CT-1124", "Signature of the JWT has expired.", "devices")
    emulator.refuse(expired, path="/graphql/")
    await flavour.ok(api.get_devices())
    assert count() == 2
    emulator.refuse(expired, path="/graphql/")
    emulator.refuse(expired, path="/graphql/")

    with pytest.raises(AuthenticationFailed):
        await flavour.ok(api.get_devices())
    await flavour.close(api)


async def test_partial_data_counts(flavour: Any, service: Any) -> None:
    """An error beside data that is filled is no failure; a field that is null is one."""
    import httpx

    answers = iter(
        [
            {"data": {"obtainKrakenToken": {"token": "t0ken", "payload": {"iat": 1, "exp": 3601}}}},
            {"errors": [{"message": "x"}], "data": {"devices": [{"id": "1"}], "other": None}},
            {"errors": [{"message": "x"}], "data": {"devices": None}},
        ]
    )
    service.answers["/graphql/"] = lambda _: httpx.Response(200, json=next(answers))
    api = flavour.client("sk_live_x", "A-00000001", transport=httpx.MockTransport(service))

    assert [device.id for device in await flavour.ok(api.get_devices())] == ["1"]
    with pytest.raises(BadResponse):
        await flavour.ok(api.get_devices())
    assert service.requests[1].headers["authorization"] == "t0ken"


async def test_a_block_by_the_cdn_is_not_about_the_key(flavour: Any, served: Any, emulator: Any) -> None:
    """403 with a page: a rate limit, which is not tried again at once."""
    api = flavour.client(**served.options)
    emulator.refuse(BLOCKED)

    with pytest.raises(RateLimited):
        await flavour.ok(api.get_account())
    assert len(emulator.seen) == 1
    await flavour.close(api)


async def test_calls_that_need_a_key_are_not_sent_without(flavour: Any, service: Any) -> None:
    import httpx

    api = flavour.client(account="A-00000001", transport=httpx.MockTransport(service))

    for call in (api.get_account, api.get_devices, api.list_accounts):
        with pytest.raises(MissingCredential):
            await flavour.ok(call())
    assert service.requests == []
