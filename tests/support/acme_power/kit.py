"""Enrols this provider in the conformance kit."""

from __future__ import annotations

from typing import Any

from acme_power.emulator import serve
from acme_power.plugin import make_spec
from openpower_core.clock import ManualClock
from openpower_core.errors import AuthenticationFailed
from openpower_testing import Conformance, VendorError


class Acme(Conformance):
    """What the healthy one and its mutants share."""

    provider = make_spec()
    vendor_errors = (VendorError(body=b'{"ok": false, "error": "expired"}', raises=AuthenticationFailed),)

    def home(self, clock: ManualClock) -> Any:
        return serve(clock)

    def house(self, served: Any) -> Any:
        return served.emulator.house
