"""Runs checks on a provider, and the class by which an author enrols one with pytest."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Iterable
from typing import Any, ClassVar, Final

from openpower_testing.checks import CHECKS, Check, name_today
from openpower_testing.enrolment import Enrolment, Nonconformance, NotApplicable, Outcome, Result, Unproven
from openpower_testing.harness import Flavour, Harness
from openpower_testing.recording import UNKNOWN_REQUEST, Cassette


async def run_check(
    check: Check,
    enrolled: Enrolment,
    flavour: Flavour = "sync",
    *,
    live: bool = False,
    cassette: Cassette | None = None,
    thorough: bool = False,
) -> Result:
    """Run one check in one flavour; the result contains whatever happens."""
    spec = enrolled.spec
    result = Result(
        provider=spec.name,
        variant=enrolled.variant,
        check=check.name,
        flavour=flavour if check.per_flavour else "both",
        outcome=Outcome.PASSED,
    )
    if reason := enrolled.not_applicable.get(check.name):
        result.outcome, result.message = Outcome.NOT_APPLICABLE, reason
        return result
    harness = Harness(enrolled, flavour=flavour, live=live, cassette=cassette, thorough=thorough)
    try:
        async with harness:
            await check.body(harness)
        if check.name in enrolled.unproven:
            harness.fail("Everything was exercised, yet it is named in unproven.", "Take it out.")
    except NotApplicable as reason_found:
        result.outcome, result.message = Outcome.NOT_APPLICABLE, str(reason_found)
    except Unproven as gap:
        result.outcome, result.message = _unproven(check, enrolled, str(gap))
    except Nonconformance as failure:
        result.outcome, result.message = Outcome.FAILED, _explained(check, str(failure))
    except Exception as error:  # noqa: BLE001 - whatever a provider raises is a finding
        what = f"It stopped at {type(error).__name__}: {error}"
        result.outcome = Outcome.FAILED
        result.message = f"{_explained(check, what)}\n\n{''.join(traceback.format_exception(error)[-6:])}"
    if cassette and UNKNOWN_REQUEST in result.message:
        result.message = (
            f"A request is not in the cassette: record it again with --openpower-record.\n\n{result.message}"
        )
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
    names = None if checks is None else {name_today(name) for name in checks}
    wanted = [
        check
        for check in CHECKS.values()
        if (groups is None or check.group in set(groups)) and (names is None or check.name in names)
    ]
    return [
        await run_check(check, enrolled, flavour)
        for check in wanted
        for flavour in flavours_of(check, enrolled)
        if flavour in set(flavours) or not check.per_flavour
    ]


def flavours_of(check: Check, enrolled: Enrolment) -> tuple[Flavour, ...]:
    """The flavours in which a check is run on a provider."""
    spec = enrolled.spec
    there: list[Flavour] = []
    if spec.connect is not None:
        there.append("sync")
    if spec.connect_async is not None:
        there.append("async")
    return tuple(there) if check.per_flavour else tuple(there[:1])


def _explained(check: Check, cause: str) -> str:
    return f"{check.name}: {cause}\nWhat has to be true: {check.truth}"


def _unproven(check: Check, enrolled: Enrolment, gap: str) -> tuple[Outcome, str]:
    if reason := enrolled.unproven.get(check.name):
        return Outcome.UNPROVEN, f"{reason} ({gap})"
    remedy = f'Let the emulator show it, or say why it cannot: unproven = {{"{check.name}": "…"}}.'
    return Outcome.FAILED, _explained(check, f"Unproven: {gap} {remedy}")


_KITS_OWN: Final = ("test_conforms", "conforms")


class Conformance(Enrolment):
    """Every check of the kit, for one provider, in both flavours.

    class TestAcme(Conformance):
        provider = "acme"

        def home(self, clock):
            return serve(Emulator(clock=clock))

    Name checks that do not apply to a provider, and those that cannot exercise everything, with the reason; the report
    shows it::

        not_applicable = {"faults.vendor_says_no": "the vendor says no by HTTP status"}
        unproven = {"readings.every_figure_is_exercised": "Acme has no battery that feeds the grid"}
    """

    openpower_conformance: ClassVar[bool] = True
    """Marks these classes for the pytest plugin."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        own = [name for name in _KITS_OWN if name in vars(cls)]
        if own:
            raise TypeError(
                f"{cls.__name__} overrides {own[0]}, which belongs to the kit. Name checks that do not apply in "
                "not_applicable, with the reason."
            )
        for where in ("not_applicable", "unproven"):
            reasons: dict[str, str] = {}
            for given, reason in getattr(cls, where).items():
                name = name_today(given)
                if name not in CHECKS:
                    raise TypeError(f"{cls.__name__}.{where} names {name!r}, which is not a check.")
                if not reason.strip():
                    raise TypeError(f"{cls.__name__}.{where} gives no reason for {name!r}.")
                reasons[name] = reason
            setattr(cls, where, reasons)

    def test_conforms(self, openpower_result: Result) -> None:
        """One check of the kit."""
        import pytest

        match openpower_result.outcome:
            case Outcome.NOT_APPLICABLE:
                pytest.skip(f"openpower: {openpower_result.message}")
            case Outcome.UNPROVEN:
                pytest.skip(f"openpower, unproven: {openpower_result.message}")
            case Outcome.FAILED:
                pytest.fail(openpower_result.message, pytrace=False)
            case Outcome.PASSED:
                pass

    def conforms(self, check: str, flavour: Flavour, **options: Any) -> Result:
        """Run one check; for pytest, and to inspect one result. It takes the options of ``conformance.run_check``."""
        return asyncio.run(run_check(CHECKS[name_today(check)], self, flavour, **options))
