"""GoodWe's Open API conforms, as far as its public shapes go."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from openpower_core.clock import ManualClock
from openpower_core.errors import AuthenticationFailed, PartialData
from openpower_goodwe.openapi.emulator import Emulator, serve
from openpower_testing import Conformance, VendorError


def says(code: int, raises: Any) -> VendorError:
    """What the Open API answers with status 200."""
    body = {"code": code, "msg": "no", "data": None}
    return VendorError(body=json.dumps(body).encode(), raises=raises)


class TestOpenAPI(Conformance):
    provider = "goodwe"
    vendor_errors = (says(100005, AuthenticationFailed), says(0, PartialData))

    # Midnight in the plant lies in the last hours, and with it the meter's one reading of the day.
    start = datetime(2026, 8, 4, 0, 7, 30, tzinfo=UTC)

    not_applicable: ClassVar[dict[str, str]] = {
        "readings.agree_with_the_house": "the Open API tells means of five minutes, and not the present power"
    }

    unproven: ClassVar[dict[str, str]] = dict.fromkeys(
        ("readings.every_figure_is_exercised", "signs.balance_closes", "signs.history_balances"),
        "the Open API does not tell the power of grid and battery",
    )

    native_calls: ClassVar[dict[str, Any]] = {
        "get_inverter_power": lambda native, devices: native.get_inverter_power(
            devices[0].info.serial, date(2026, 8, 3)
        )
    }

    def home(self, clock: ManualClock) -> Any:
        return serve(Emulator(clock=clock))

    def house(self, served: Any) -> Any:
        return served.emulator.house

    def is_write(self, request: Any) -> bool:
        return False
