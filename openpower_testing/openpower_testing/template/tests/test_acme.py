"""Acme passes the conformance kit in both flavours, and tests of Acme's own behaviour."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, ClassVar

from openpower_core.connection import connect
from openpower_core.provider import Fetched, ManualClock, structure
from openpower_testing import Conformance

from openpower_acme.emulator import Emulator, serve
from openpower_acme.mapping import to_meter
from openpower_acme.models import Status


class TestAcme(Conformance):
    """Every check of the kit."""

    provider = "acme"
    not_applicable: ClassVar[dict[str, str]] = {
        "faults.vendor_says_no": "Acme refuses by HTTP status, never inside a successful response"
    }

    def home(self, clock: ManualClock) -> AbstractContextManager[Any]:
        """The emulator, on the kit's clock."""
        return serve(Emulator(clock=clock))

    def house(self, served: Any) -> Any:
        """The simulated house behind it."""
        return served.emulator.house


def test_the_sign_of_the_grid_is_flipped() -> None:
    """Acme's manual, page 12: "gridW is positive when the home exports"."""
    answer = {"serial": "ACME000000000001", "at": "2026-08-04T10:00:00Z", "gridW": 1200}
    status = structure(Status, answer)

    assert to_meter(Fetched(value=status, received_at=status.at)).exporting_w == 1200


def test_the_reserve_is_snapped_and_the_receipt_says_so() -> None:
    """Acme takes steps of 5 %."""
    with serve() as served, connect("acme", **served.options) as home:
        receipt = home.battery().apply_settings(reserve_soc_pct=22, dry_run=True)

    assert receipt.adjustments[0].asked == 22
    assert receipt.adjustments[0].got == 20
