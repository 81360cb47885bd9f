"""``amberelectric``, Amber's own client, judges our Amber emulator: its pydantic models have to take every answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import amberelectric
import httpx
import pytest
from amberelectric.exceptions import ForbiddenException, NotFoundException
from judges import calls_of, fault_of

from openpower_amber.client.requests import nem_date
from openpower_amber.emulator import Emulator, Nameplate, serve
from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.provider import Channel

SITE = "01HZXEM0SA1TEDS1TE00000001"
TODAY = nem_date(SYSTEM_CLOCK.now())
DAY = timedelta(days=1)
CALLS: dict[str, tuple[Any, ...]] = {
    "get_sites": (),
    "get_current_prices": (SITE,),
    "get_prices": (SITE,),
    "get_usage": (SITE, TODAY - 3 * DAY, TODAY - 2 * DAY),
    "get_current_renewables": ("vic",),
}
THREE_MATCH = fault_of(
    "amberelectric",
    "Renewable.from_dict finds 'Multiple matches' in every answer, Amber's own included, because its three classes"
    " do not look at the type",
    ValueError,
)
PLATES = {
    "five minutes, demand tariff": Nameplate(id=SITE, interval_length=5),
    "half hours, time of use, controlled load": Nameplate(
        id=SITE, interval_length=30, channels=tuple(Channel), demand_tariff=False
    ),
}


@pytest.fixture(params=PLATES)
def emulator(request: pytest.FixtureRequest) -> Emulator:
    """A site of either sort of billing and tariff."""
    return Emulator([PLATES[request.param]])


@pytest.fixture
def configuration(emulator: Emulator) -> Iterator[amberelectric.Configuration]:
    with serve(emulator) as running:
        yield amberelectric.Configuration(host=running.url, access_token=emulator.token.reveal())


@pytest.fixture
def api(configuration: amberelectric.Configuration) -> Iterator[amberelectric.AmberApi]:
    with amberelectric.ApiClient(configuration) as client:
        yield amberelectric.AmberApi(client)


def test_every_call_is_tried() -> None:
    """Each comes a second time, with the response's headers."""
    assert calls_of(amberelectric.AmberApi) == {form for name in CALLS for form in (name, f"{name}_with_http_info")}


@pytest.mark.parametrize(
    "name", [name if "renew" not in name else pytest.param(name, marks=THREE_MATCH) for name in CALLS]
)
def test_models_take_the_answers(api: amberelectric.AmberApi, name: str) -> None:
    """All of them, and there is something in them."""
    assert getattr(api, name)(*CALLS[name])


@pytest.mark.parametrize("name", CALLS)
def test_limits_come_with_the_answers(api: amberelectric.AmberApi, name: str) -> None:
    """Where Amber sends them: the one call without a token was seen without limits."""
    if name == "get_current_renewables":
        return
    headers = getattr(api, f"{name}_with_http_info")(*CALLS[name]).headers

    assert headers["RateLimit-Policy"] == "50;w=300"
    assert int(headers["RateLimit-Remaining"]) == 49
    assert 0 < int(headers["RateLimit-Reset"]) <= 300


def test_the_site(api: amberelectric.AmberApi, emulator: Emulator) -> None:
    """What was put on the nameplate arrives."""
    [site] = api.get_sites()

    assert (site.id, site.nmi, site.interval_length) == (SITE, "3100000001", emulator.site.nameplate.interval_length)
    assert [channel.type for channel in site.channels] == [each.value for each in site_types(emulator)]


def site_types(emulator: Emulator) -> list[Any]:
    order = {Channel.IMPORT: "general", Channel.CONTROLLED_LOAD: "controlledLoad", Channel.EXPORT: "feedIn"}
    return [amberelectric.models.ChannelType(order[channel]) for channel in emulator.site.channels]


def test_now_and_next(api: amberelectric.AmberApi, emulator: Emulator) -> None:
    """Per channel six before, the running one, and three to come, without a gap between them (the next begins a second on)."""
    found = [each.actual_instance for each in api.get_current_prices(SITE, previous=6, next=3)]

    for channel in site_types(emulator):
        mine = [each for each in found if each.channel_type is channel]
        kinds = [type(each).__name__ for each in mine]
        assert kinds == ["ActualInterval"] * 6 + ["CurrentInterval"] + ["ForecastInterval"] * 3
        pairs = pairwise(mine)
        assert all(after.start_time - before.end_time == timedelta(seconds=1) for before, after in pairs)


def test_renewables_by_their_type(configuration: amberelectric.Configuration) -> None:
    """What the client cannot tell apart its classes take one by one."""
    records = httpx.get(f"{configuration.host}/state/vic/renewables/current", params={"next": 2, "previous": 1}).json()
    found = [getattr(amberelectric.models, record["type"]).from_dict(record) for record in records]

    assert [each.type for each in found] == ["ActualRenewable", "CurrentRenewable"] + ["ForecastRenewable"] * 2
    assert {each.duration for each in found} == {30}


def test_usage_costs_what_it_is_priced(api: amberelectric.AmberApi) -> None:
    """``cost = round(kwh × perKwh, 4)`` in cents; energy is not negative, also where Amber's contract says so."""
    found = api.get_usage(SITE, TODAY - 3 * DAY, TODAY - 3 * DAY)

    assert all(each.cost == pytest.approx(each.kwh * each.per_kwh, abs=5e-5) for each in found)
    assert all(each.kwh >= 0 for each in found)


def test_refusals_are_the_clients_own(configuration: amberelectric.Configuration) -> None:
    """A wrong token is Forbidden, a wrong site Not Found."""
    with amberelectric.ApiClient(configuration) as client:
        with pytest.raises(NotFoundException):
            amberelectric.AmberApi(client).get_current_prices("01HZXEM0SA1TEDS1TE00000009")
        configuration.access_token = "psk_wrong"
        with pytest.raises(ForbiddenException):
            amberelectric.AmberApi(client).get_sites()
