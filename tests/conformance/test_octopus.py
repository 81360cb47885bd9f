"""Octopus conforms."""

from __future__ import annotations

from typing import Any, ClassVar

from openpower_core import errors
from openpower_core.clock import ManualClock
from openpower_octopus.emulator import Emulator, serve
from openpower_testing import Conformance
from openpower_testing.enrolment import VendorError
from openpower_testing.faults import Received

REFUSED = b'{"errors": [{"message": "m", "extensions": {"errorCode": "%s"}}], "data": {"devices": null}}'


class TestOctopus(Conformance):
    provider = "octopus"
    vendor_errors: ClassVar[list[VendorError]] = [
        VendorError(body=REFUSED % b"KT-CT-1139", raises=errors.AuthenticationFailed),
        VendorError(body=REFUSED % b"KT-CT-1199", raises=errors.RateLimited),
        VendorError(body=REFUSED % b"KT-CT-1188", raises=errors.BadResponse),
    ]

    structural_words: ClassVar[dict[str, str]] = {
        "payment_method": "a price for an unknown way of paying is not this customer's"
    }

    def is_write(self, request: Received) -> bool:
        """Nothing writes: GraphQL's questions are POSTs."""
        return False

    def home(self, clock: ManualClock) -> Any:
        return serve(Emulator(clock=clock))
