"""AlphaESS conforms, in both generations of its settings."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, ClassVar

from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, Quirks, serve
from openpower_core.clock import ManualClock
from openpower_core.errors import (
    AuthenticationFailed,
    DeviceOffline,
    NotBound,
    PermissionDenied,
    RateLimited,
    ServiceUnavailable,
)
from openpower_testing import Conformance, VendorError


def says(code: int, raises: Any, message: str = "no") -> VendorError:
    """What the Open API answers with status 200."""
    body = {"code": code, "msg": message, "expMsg": None, "data": None, "extra": None}
    return VendorError(body=json.dumps(body).encode(), raises=raises)


class AlphaESS(Conformance):
    """What both generations share."""

    provider = "alphaess"
    generation: ClassVar[Any]
    vendor_errors = (
        says(6005, NotBound),
        says(6007, AuthenticationFailed),
        says(6017, PermissionDenied),
        says(6026, ServiceUnavailable),
        says(6042, DeviceOffline),
        says(6053, RateLimited),
    )

    unproven: ClassVar[dict[str, str]] = {
        "readings.every_figure_is_exercised": "a single-phase system with two strings says 0 for the others"
    }

    native_calls: ClassVar[dict[str, Any]] = {
        "get_historical_energy_usage": lambda native, _: native.get_historical_energy_usage(date(2026, 8, 3)),
        "get_historical_power_usage": lambda native, _: native.get_historical_power_usage(date(2026, 8, 3)),
    }

    def home(self, clock: ManualClock) -> Any:
        plate = Nameplate(charger_models=("SMILE-EVCT11",))
        system = EmulatedSystem(plate, start=clock.now(), quirks=Quirks(generation=self.generation))
        return serve(Emulator([system], clock=clock))

    def house(self, served: Any) -> Any:
        return served.emulator.system.house


class TestLegacy(AlphaESS):
    variant = "legacy"
    generation = "legacy"


class TestPeriodic(AlphaESS):
    variant = "periodic"
    generation = "periodic"
