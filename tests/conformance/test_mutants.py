"""The kit finds what it is made to find: each mutant fails the check that it names, and the healthy provider passes it."""

from __future__ import annotations

import logging

import pytest
from acme_power.kit import Acme
from mutants import ALPHAESS, NORDLYS, POWER, TEMPLATE, mutants, tried

from openpower_testing.checks import CHECKS
from openpower_testing.enrolment import Outcome

MUTANTS = mutants()
EXERCISED = sorted({(each.of.package.name, each.check) for each in MUTANTS.values()})
SUBJECTS = {each.package.name: each for each in (TEMPLATE, NORDLYS, POWER, ALPHAESS)}


class TestHealthy(Acme):
    """The provider of the test support conforms; the others have tests of their own."""


@pytest.mark.parametrize("name", MUTANTS)
def test_each_mutant_fails_its_check(name: str) -> None:
    """And the message says what is broken; ``nox -s mutants`` runs all checks on it, in both flavours."""
    mutant = MUTANTS[name]
    (result,) = tried(mutant.of, mutant.edits, mutant.check, flavours=("sync",))

    assert result.outcome is Outcome.FAILED, result.message or f"{mutant.check} passes"
    assert mutant.message in result.message


@pytest.mark.parametrize(("subject", "check"), EXERCISED)
def test_the_healthy_provider_passes(subject: str, check: str) -> None:
    """So what a mutant fails for is its mistake."""
    (result,) = tried(SUBJECTS[subject], {}, check, flavours=("sync",))

    assert result.outcome is Outcome.PASSED, result.message


def test_there_are_enough_mutants() -> None:
    """At least forty, for every group of checks, and they name checks that exist."""
    assert len(MUTANTS) >= 40
    assert {each.check for each in MUTANTS.values()} <= set(CHECKS)
    assert {each.check.partition(".")[0] for each in MUTANTS.values()} == {each.group for each in CHECKS.values()}


def test_loggers_that_keep_to_themselves_are_heard() -> None:
    """Keeping openpower's records from the root logger, as the command line does, hides no secret."""
    mutant = MUTANTS["token in the log"]
    logger = logging.getLogger("openpower")
    propagated, logger.propagate = logger.propagate, False
    try:
        (result,) = tried(mutant.of, mutant.edits, mutant.check, flavours=("sync",))
    finally:
        logger.propagate = propagated

    assert mutant.message in result.message
