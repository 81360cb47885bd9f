"""A tariff from a document conforms; there is no vendor, so nothing is emulated or recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from openpower_core.clock import ManualClock
from openpower_testing import Conformance, Transport

DOCUMENT = {
    "name": "Time of use",
    "currency": "EUR",
    "tz": "Europe/Berlin",
    "tax_included": True,
    "tax_rate": 0.19,
    "import": {"price": 0.3996, "rules": [{"period": "night", "price": 0.29, "hours": "22:00-06:00"}]},
    "export": {"price": 0.0794, "rules": [{"price": 0.05, "hours": "22:00-06:00"}]},
    "standing_charges": [{"amount": 120, "per": "year"}],
}


@frozen
class Home:
    """A document; it has no meter and asks nobody."""

    options: Mapping[str, Any]
    requests = 0
    writes = 0


class TestTariff(Conformance):
    provider = "tariff"
    transport = Transport.NONE

    @contextmanager
    def home(self, clock: ManualClock) -> Iterator[Home]:
        yield Home({"document": DOCUMENT})
