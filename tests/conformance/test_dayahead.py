"""The day-ahead market conforms, from each of its sources."""

from __future__ import annotations

from typing import Any, ClassVar

from openpower_core.clock import ManualClock
from openpower_core.errors import InvalidValue, PartialData
from openpower_dayahead.emulator import Emulator, serve
from openpower_testing import Conformance, VendorError

_REFUSAL = (
    b"<Acknowledgement_MarketDocument><Reason><code>999</code><text>%s</text></Reason></Acknowledgement_MarketDocument>"
)


class DayAhead(Conformance):
    openpower_conformance = False
    provider = "dayahead"
    source: ClassVar[str]
    structural_words: ClassVar[dict[str, str]] = {
        "unit": "a price per something else than MWh must not be taken for one",
        "currency": "and neither must one in another currency",
    }
    native_calls: ClassVar[dict[str, Any]] = {
        "get_prices": lambda native, _: native.get_prices("2026-08-03", "2026-08-04")
    }

    def home(self, clock: ManualClock) -> Any:
        return serve(Emulator(self.source, clock=clock))


class TestEnergyCharts(DayAhead):
    openpower_conformance = True
    source = "energy-charts"
    not_applicable: ClassVar[dict[str, str]] = {"faults.vendor_says_no": "it says no by HTTP status, never in a 200"}


class TestEntsoe(DayAhead):
    openpower_conformance = True
    source = variant = "entsoe"
    vendor_errors = (
        VendorError(body=_REFUSAL % b"No matching data found for Data item ENERGY_PRICES", raises=PartialData),
        VendorError(body=_REFUSAL % b"The requested period is not valid for this area", raises=InvalidValue),
    )


class TestNordPool(DayAhead):
    openpower_conformance = True
    source = variant = "nordpool"
    vendor_errors = (
        VendorError(body=b'{"version": 0, "areaStates": [], "multiIndexEntries": []}', raises=PartialData),
    )
