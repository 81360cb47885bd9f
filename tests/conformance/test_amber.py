"""Amber conforms."""

from __future__ import annotations

from typing import Any, ClassVar

from openpower_amber.emulator import Emulator, serve
from openpower_core.clock import ManualClock
from openpower_testing import Conformance


class TestAmber(Conformance):
    provider = "amber"
    not_applicable: ClassVar[dict[str, str]] = {"faults.vendor_says_no": "Amber says no by HTTP status, never in a 200"}

    native_calls: ClassVar[dict[str, Any]] = {
        "get_current_renewables": lambda native, _: native.get_current_renewables("nsw")
    }
    structural_words: ClassVar[dict[str, str]] = {
        "type": "tells a running interval from a settled one and a forecast",
        "channelType": "a register that nobody has heard of is neither import nor export",
    }

    def home(self, clock: ManualClock) -> Any:
        return serve(Emulator(clock=clock))
