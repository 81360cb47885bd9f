"""Runs checks on a provider, without pytest; the pytest plugin and the tests of the kit itself stand on it."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from openpower_testing.checks import CHECKS, Check
from openpower_testing.harness import Flavour, Harness
from openpower_testing.outcomes import Nonconformance, NotApplicable, Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpower_testing.enrolment import Enrolment
    from openpower_testing.tape import Tape

__all__ = ["flavours_of", "run", "run_check"]


async def run_check(
    check: Check, enrolled: Enrolment, flavour: Flavour = "sync", *, live: bool = False, tape: Tape | None = None
) -> Result:
    """Run one check in one flavour; whatever happens in it is in the result."""
    spec = enrolled.spec
    result = Result(
        provider=spec.name,
        variant=enrolled.variant,
        check=check.name,
        flavour=flavour if check.each_flavour else "both",
        outcome=Outcome.PASSED,
    )
    if reason := enrolled.not_applicable.get(check.name):
        result.outcome, result.message = Outcome.NOT_APPLICABLE, reason
        return result
    harness = Harness(enrolled, flavour=flavour, live=live, tape=tape)
    try:
        async with harness:
            await check.body(harness)
    except NotApplicable as reason_found:
        result.outcome, result.message = Outcome.NOT_APPLICABLE, str(reason_found)
    except Nonconformance as failure:
        result.outcome, result.message = Outcome.FAILED, _told(check, str(failure))
    except Exception as error:  # noqa: BLE001 - whatever a provider raises is a finding
        what = f"It stopped at {type(error).__name__}: {error}"
        result.outcome = Outcome.FAILED
        result.message = f"{_told(check, what)}\n\n{''.join(traceback.format_exception(error)[-6:])}"
    result.proved = sorted(harness.proved)
    result.capabilities = harness.capabilities
    return result


async def run(
    enrolled: Enrolment,
    *,
    groups: Iterable[str] | None = None,
    checks: Iterable[str] | None = None,
    flavours: Iterable[Flavour] = ("sync", "async"),
) -> list[Result]:
    """Run all checks, or those of some groups or names."""
    wanted = [
        check
        for check in CHECKS.values()
        if (groups is None or check.group in set(groups)) and (checks is None or check.name in set(checks))
    ]
    return [
        await run_check(check, enrolled, flavour)
        for check in wanted
        for flavour in flavours_of(check, enrolled)
        if flavour in set(flavours) or not check.each_flavour
    ]


def flavours_of(check: Check, enrolled: Enrolment) -> tuple[Flavour, ...]:
    """The flavours in which a check is run on a provider."""
    spec = enrolled.spec
    there: list[Flavour] = []
    if spec.connect is not None:
        there.append("sync")
    if spec.connect_async is not None:
        there.append("async")
    return tuple(there) if check.each_flavour else tuple(there[:1])


def _told(check: Check, cause: str) -> str:
    return f"{check.name}: {cause}\nWhat has to be true: {check.truth}"
