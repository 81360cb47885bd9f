"""The native client over recorded HTTP, in both flavours, from the same cassettes; they are recorded against the emulator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openpower_core.clock import ManualClock
from openpower_core.errors import AuthenticationFailed, DeviceNotFound
from openpower_octopus import AsyncOctopus, Octopus
from tests.octopus.conftest import NOW

if TYPE_CHECKING:
    from openpower_testing.cassettes import Recording

    Ask = Callable[..., Any]

pytestmark = pytest.mark.vcr

VENDOR = "https://api.octopus.energy/v1"
ACCOUNT = {"api_key": "sk_live_000000000000000000000e3a7e", "account": "A-00000001"}
AGILE = "E-1R-AGILE-24-10-01-C"
DAY = timedelta(days=1)


@pytest.fixture
def service(recording: Recording) -> Iterator[dict[str, Any]]:
    """Whom the client asks: the cassette, the emulator while recording, Octopus with a user's credentials."""
    credentials = recording.credentials("octopus", "api_key", "account")
    recording.scrubber.private("mpan", "mprn", "town", "county", *(f"address_line_{n}" for n in (1, 2, 3)))
    if credentials:
        yield credentials
    elif not recording.active:
        yield {**ACCOUNT, "clock": ManualClock(NOW), "base_url": VENDOR}
    else:
        from openpower_octopus.emulator import Emulator, Home, serve

        clock = ManualClock(NOW)
        planned = {"start": "2026-08-04T14:10:00+01:00", "end": "2026-08-04T15:00:00+01:00", "type": "SMART"}
        home = Home(planned=({**planned, "energyAddedKwh": "-3.2"},))
        with serve(Emulator(home, clock=clock)) as served:
            recording.against_emulator("openpower_octopus.emulator", served.url, VENDOR)
            yield {**ACCOUNT, "clock": clock, "base_url": served.url}


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, service: dict[str, Any]) -> Ask:
    """Call one method of a client of either flavour."""

    def sync(method: str, *arguments: Any, wrong: str | None = None, **options: Any) -> Any:
        with Octopus(**{**service, **({"api_key": wrong} if wrong else {})}) as api:
            return getattr(api, method)(*arguments, **options)

    async def asynchronous(method: str, *arguments: Any, wrong: str | None = None, **options: Any) -> Any:
        async with AsyncOctopus(**{**service, **({"api_key": wrong} if wrong else {})}) as api:
            return await getattr(api, method)(*arguments, **options)

    if request.param == "sync":
        return sync
    return lambda *arguments, **options: asyncio.run(asynchronous(*arguments, **options))


def test_account(ask: Ask) -> None:
    """GET /accounts/{number}/: a home that was left and one that is lived in, with two meters and export."""
    left, here = ask("get_account").properties

    assert left.moved_out_at is not None
    assert here.moved_out_at is None
    assert [point.is_export for point in here.electricity_meter_points] == [False, True]
    assert len(here.electricity_meter_points[0].meters) == 2


def test_unit_rates(ask: Ask) -> None:
    """GET …/standard-unit-rates/: half hours, the newest first; those of tomorrow are not there at 11:07."""
    rates = ask("get_unit_rates", AGILE, NOW, NOW + DAY)

    assert [rate.valid_from for rate in rates] == sorted((rate.valid_from for rate in rates), reverse=True)
    assert f"{rates[0].valid_to:%d %H:%M}" == "04 22:00"
    assert all(rate.value_inc_vat == pytest.approx(rate.value_exc_vat * 1.05) for rate in rates)


def test_standing_charges(ask: Ask) -> None:
    """GET …/standing-charges/: one row for each payment method."""
    charges = ask("get_standing_charges", AGILE, NOW, NOW + DAY)

    assert {charge.payment_method for charge in charges} == {"DIRECT_DEBIT", "NON_DIRECT_DEBIT"}


def test_consumption(ask: Ask) -> None:
    """GET …/consumption/: local offsets, and one interval more than was asked for."""
    day = NOW.replace(hour=23, minute=0, second=0) - 3 * DAY
    rows = ask("get_consumption", "1000000000001", "00L0000002", day, day + DAY)

    assert len(rows) == 49
    assert (rows[0].interval_start, rows[-1].interval_start) == (day, day + DAY)


def test_product(ask: Ask) -> None:
    """GET /products/{code}/: the tariffs of fourteen regions."""
    product = ask("get_product", "VAR-22-11-01")

    assert len(product["single_register_gas_tariffs"]) == 14


def test_planned_dispatches(ask: Ask) -> None:
    """POST /graphql/: a token, then the question; the energy is text."""
    [planned] = ask("get_planned_dispatches", "0000-0001")

    assert (planned.type, planned.energy_added_kwh) == ("SMART", -3.2)


def test_wrong_key(ask: Ask) -> None:
    """401 for a key that Octopus does not know."""
    with pytest.raises(AuthenticationFailed):
        ask("get_account", wrong="sk_live_00000000000000000000000bad")


def test_unknown_product(ask: Ask) -> None:
    """404, without the key and then with it."""
    with pytest.raises(DeviceNotFound) as refused:
        ask("get_product", "NO-SUCH-PRODUCT")

    assert refused.value.vendor_code == "404"
