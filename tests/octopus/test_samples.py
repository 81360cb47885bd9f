"""Whole bodies that clients published, where they lie beside the checkout: a check in addition to the tests that run in any clone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from openpower_core.connection import connect
from openpower_core.convert import structure
from openpower_core.prices import Channel
from openpower_octopus import Account
from openpower_octopus.mapping.contracts import to_supplies
from openpower_octopus.plugin import openpower_provider
from tests.octopus.conftest import NOW, account, agreement
from tests.octopus.test_prices import LONDON, cost_in_pence, utc


def test_a_summer_day_of_agile(sample: Callable[[str], Any], clock: Any, service: Any) -> None:
    """26 April 2025 by London's clock, half a kWh in each half hour: 452.9595 p (bills.md B2c)."""
    service.answers["/standard-unit-rates/"] = sample("octopus/real_agile_rates_2025-04-25_26.json")
    series = _prices(service, clock, "E-1R-AGILE-24-10-01-A", datetime(2025, 4, 26, tzinfo=LONDON))

    assert len(series) == 48
    assert cost_in_pence(series, series[0].start, [0.5] * 48) == Decimal("452.9595")
    assert min(series, key=lambda each: each.per_kwh).start == utc(2025, 4, 26, 12, 30)
    assert max(each.per_kwh for each in series) == Decimal("0.32613")


def test_a_winter_day_of_cosy(sample: Callable[[str], Any], clock: Any, service: Any) -> None:
    """48 metered half hours: 172.40999454 p (bills.md B2)."""
    uses = [row["consumption"] for row in sample("octopus/real_consumption_day_2025-03-17.json")["results"]]
    service.answers["/standard-unit-rates/"] = sample("octopus/real_cosy_rates_2025-03-03.json")
    series = _prices(service, clock, "E-1R-COSY-22-12-08-A", datetime(2025, 3, 3, tzinfo=LONDON))

    assert cost_in_pence(series, utc(2025, 3, 3), uses) == Decimal("172.40999454")


def test_the_agreements_of_an_account_that_changed_often(sample: Callable[[str], Any], clock: Any) -> None:
    """Fifteen agreements, of which four are empty: no overlap and no gap from 22 February 2024 on."""
    [supply] = to_supplies(structure(Account, sample("octopus/real_account_agreement_churn_2025.json")), NOW)
    contract = supply.on(Channel.IMPORT)[0]

    def product(*when: int) -> str:
        term = contract.term(utc(*when, 12))
        return term.code.product if term else ""

    assert [product(2025, 3, 20), product(2025, 3, 12), product(2025, 3, 31), product(2025, 4, 2)] == [
        "AGILE-24-10-01",
        "GO-VAR-22-10-14",
        "GO-VAR-22-10-14",
        "AGILE-24-10-01",
    ]
    for term, after in zip(contract.terms, contract.terms[1:], strict=False):
        assert term.end == after.start


def _prices(service: Any, clock: Any, code: str, day: datetime) -> Any:
    service.answers["/accounts/A-00000001/"] = account(agreement(code, "2020-01-01T00:00:00Z"))
    over = {"api_key": "sk_live_x", "account": "A-00000001", "transport": httpx.MockTransport(service), "clock": clock}
    start = day.astimezone(UTC)
    return connect(openpower_provider(), **over).retailer().prices(start, start + timedelta(days=1))
