"""The kit finds what it is made to find: every mutant fails its group, for the cause that it has, and the healthy none."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from acme_power.emulator import serve
from acme_power.plugin import make_spec
from mutants import MUTANTS, Mutant

from openpower_core.clock import ManualClock
from openpower_core.errors import AuthenticationFailed
from openpower_testing import Conformance, VendorError, run
from openpower_testing.checks import CHECKS
from openpower_testing.enrolment import Outcome


class Acme(Conformance):
    """What the healthy one and the mutants share."""

    vendor_errors = (VendorError(body=b'{"ok": false, "error": "expired"}', raises=AuthenticationFailed),)

    def home(self, clock: ManualClock) -> Any:
        return serve(clock)

    def house(self, served: Any) -> Any:
        return served.emulator.house


class TestHealthy(Acme):
    """The provider that the mutants are made of conforms."""

    provider = make_spec()


def enrol(mutant: type[Mutant]) -> Acme:
    """A mutant, enrolled in the kit."""
    kind = type(f"Of{mutant.__name__}", (Acme,), {"provider": make_spec(mutant, **mutant.changes)})
    enrolled: Acme = kind()
    return enrolled


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.__name__)
def test_each_mutant_fails_its_group(mutant: type[Mutant]) -> None:
    """And a message says what is broken."""
    failures: list[str] = []
    for check in CHECKS.values():
        wanted = check.group == mutant.group and mutant.check_name in {None, check.name}
        if wanted and not any(mutant.cause in each for each in failures):
            results = asyncio.run(run(enrol(mutant), checks=[check.name], flavours=["sync"]))
            failures += [each.message for each in results if each.outcome is Outcome.FAILED]

    assert failures, f"nothing in the group {mutant.group!r} found it"
    assert any(mutant.cause in each for each in failures), failures


def test_there_are_enough_mutants() -> None:
    """At least twenty, and at least one for every group of checks."""
    assert len(MUTANTS) >= 20
    assert {each.group for each in MUTANTS} == {each.group for each in CHECKS.values()}


def test_loggers_that_keep_to_themselves_are_heard() -> None:
    """Keeping openpower's records from the root logger, as the command line does, hides no secret."""
    (mutant,) = [each for each in MUTANTS if each.__name__ == "TokenInTheLog"]
    logger = logging.getLogger("openpower")
    propagated, logger.propagate = logger.propagate, False
    try:
        (result,) = asyncio.run(run(enrol(mutant), checks=["secrets.not_in_logs"], flavours=["sync"]))
    finally:
        logger.propagate = propagated

    assert mutant.cause in result.message
