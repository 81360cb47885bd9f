"""What the tests of providers build on: the conformance kit, servers that fail on request, cassettes.

A provider enrols with one small class, and gets every check for both flavours::

    from openpower_testing import Conformance

    class TestAcme(Conformance):
        provider = "acme"

pytest finds the kit by itself once ``openpower-testing`` is installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpower_testing.conformance import Conformance
    from openpower_testing.enrolment import Facility, Transport, VendorError
    from openpower_testing.faults import FaultServer, Received, Trouble
    from openpower_testing.harness import Harness
    from openpower_testing.outcomes import NotApplicable
    from openpower_testing.runner import run

__all__ = [
    "Conformance",
    "Facility",
    "FaultServer",
    "Harness",
    "NotApplicable",
    "Received",
    "Transport",
    "Trouble",
    "VendorError",
    "run",
]

_HOMES = {
    "Harness": "harness",
    "Conformance": "conformance",
    "Facility": "enrolment",
    "FaultServer": "faults",
    "NotApplicable": "outcomes",
    "Received": "faults",
    "Transport": "enrolment",
    "Trouble": "faults",
    "VendorError": "enrolment",
    "run": "runner",
}

if not TYPE_CHECKING:
    # On first use: every run of pytest loads this package where it is installed, whatever it tests.

    def __getattr__(name: str) -> Any:
        import importlib

        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
