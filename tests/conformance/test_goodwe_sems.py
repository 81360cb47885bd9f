"""GoodWe's SEMS+ conforms."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, ClassVar

from openpower_core.clock import ManualClock
from openpower_core.errors import AuthenticationFailed, InvalidValue, PartialData, PermissionDenied, RateLimited
from openpower_goodwe.semsplus.emulator import Emulator, serve
from openpower_goodwe.semsplus.emulator.calls import is_write
from openpower_testing import Conformance, VendorError


def says(code: str, raises: Any) -> VendorError:
    """What SEMS+ answers with status 200."""
    body = {"code": code, "description": "no", "errorMsg": "no", "traceId": "0"}
    return VendorError(body=json.dumps(body).encode(), raises=raises)


class TestSemsPlus(Conformance):
    provider = "goodwe-sems"
    vendor_errors = (
        says("100005", AuthenticationFailed),
        says("100025", PermissionDenied),
        says("GY0429", RateLimited),
        says("P0214", InvalidValue),
        says("00000", PartialData),
    )

    structural_words: ClassVar[dict[str, str]] = {
        "deviceType": "it decides what a device is",
        "type": "the same, of what hangs on an inverter",
    }

    native_calls: ClassVar[dict[str, Any]] = {
        "get_telemetry": lambda native, devices: native.get_telemetry(devices[0].info.serial, "INVERTER"),
        "get_functions": lambda native, devices: native.get_functions(devices[0].info.serial),
        "get_production": lambda native, _: native.get_production(date(2026, 8, 3)),
    }
    private_keys = ("stationName", "ownerName", "nickName", "userNickName", "location")

    def home(self, clock: ManualClock) -> Any:
        return serve(Emulator(clock=clock))

    def house(self, served: Any) -> Any:
        return served.emulator.station.house

    def is_write(self, request: Any) -> bool:
        return is_write(request.target.partition("?")[0])
