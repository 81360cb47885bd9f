"""The class that a provider's author derives to enrol a provider in the kit."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar, Final

from openpower_testing.checks import CHECKS
from openpower_testing.enrolment import Enrolment
from openpower_testing.outcomes import Outcome
from openpower_testing.runner import run_check

if TYPE_CHECKING:
    from openpower_testing.harness import Flavour
    from openpower_testing.outcomes import Result
    from openpower_testing.tape import Tape

__all__ = ["Conformance"]

_KITS_OWN: Final = ("test_conforms", "conforms")


class Conformance(Enrolment):
    """Every check of the kit, for one provider, in both flavours.

    class TestAcme(Conformance):
        provider = "acme"

        def home(self, clock):
            return serve(Emulator(clock=clock))

    What makes no sense for a provider is named with the reason, which the report shows::

        not_applicable = {"faults.vendor_says_no": "the vendor says no by HTTP status"}
    """

    openpower_conformance: ClassVar[bool] = True
    """What the pytest plugin knows these classes by."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        own = [name for name in _KITS_OWN if name in vars(cls)]
        if own:
            raise TypeError(
                f"{cls.__name__} overrides {own[0]}, which is the kit's own. What does not apply is named in "
                "not_applicable, with the reason."
            )
        for name, reason in cls.not_applicable.items():
            if name not in CHECKS:
                raise TypeError(f"{cls.__name__}.not_applicable names {name!r}, which is no check.")
            if not reason.strip():
                raise TypeError(f"{cls.__name__}.not_applicable gives no reason for {name!r}.")

    def test_conforms(self, openpower_result: Result) -> None:
        """One check of the kit."""
        import pytest

        if openpower_result.outcome is Outcome.NOT_APPLICABLE:
            pytest.skip(f"openpower: {openpower_result.message}")
        if openpower_result.outcome is Outcome.FAILED:
            pytest.fail(openpower_result.message, pytrace=False)

    def conforms(self, check: str, flavour: Flavour, *, live: bool = False, tape: Tape | None = None) -> Result:
        """Run one check; for pytest, and for whoever wants to see one result."""
        return asyncio.run(run_check(CHECKS[check], self, flavour, live=live, tape=tape))
