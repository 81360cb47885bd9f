"""The strangers' provider conforms: from its folder, or by name where its wheel is installed."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

import nordlys

from openpower_core import errors
from openpower_core.clock import ManualClock
from openpower_core.provider import ProviderSpec
from openpower_testing import Conformance, VendorError

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "third_party"


def _provider() -> str | ProviderSpec:
    if any(each.name == "nordlys" for each in metadata.entry_points(group="openpower.providers")):
        return "nordlys"
    sys.path.insert(0, str(EXAMPLE))
    from openpower_nordlys.plugin import openpower_provider

    return openpower_provider()


class TestNordlys(Conformance):
    provider = _provider()
    not_applicable: ClassVar[dict[str, str]] = {}
    structural_words: ClassVar[dict[str, str]] = {"currency": "an amount without a known currency is no price"}
    vendor_errors = (
        VendorError(
            body=b'{"data": null, "errors": [{"message": "no", "extensions": {"code": "UNAUTHENTICATED"}}]}',
            raises=errors.AuthenticationFailed,
        ),
    )

    def home(self, clock: ManualClock) -> AbstractContextManager[Any]:
        return nordlys.served(clock)

    def is_write(self, request: Any) -> bool:
        """GraphQL asks by POST."""
        return False
