"""The capability matrix in the documentation shows what the providers declare and the kit has proved."""

from __future__ import annotations

import asyncio
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from openpower_core.registry import providers
from openpower_core.registry.loading import _PARTS
from openpower_testing import Conformance
from openpower_testing.checks import CHECKS
from openpower_testing.conformance import run_check
from openpower_testing.enrolment import Outcome
from openpower_testing.matrix import DECISIVE, long_table, short_table, with_table

ROOT = Path(__file__).resolve().parent.parent.parent
STALE = "stale: run nox -s capabilities"
COMMITTED: list[dict[str, Any]] = json.loads((ROOT / "docs" / "reference" / "capabilities.json").read_text())


def enrolled() -> list[type[Conformance]]:
    """The enrolments of the first-party providers."""
    found: dict[str, type[Conformance]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        if path.stem in {"test_matrix", "test_mutants", "test_parts"}:
            continue
        spec = importlib.util.spec_from_file_location(f"enrolment_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, kind in vars(module).items():
            if name.startswith("Test") and isinstance(kind, type) and issubclass(kind, Conformance):
                found[kind().label] = kind
    return list(found.values())


ENROLLED = enrolled()


def committed(kind: type[Conformance]) -> dict[str, Any]:
    """What the documentation says of one enrolment."""
    name, variant = kind().spec.name, kind.variant
    (reported,) = [each for each in COMMITTED if (each["provider"], each["variant"]) == (name, variant)]
    return reported


def test_pages_are_made_of_the_report() -> None:
    """``docs/reference/capabilities.md``, and the short table in the README."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "reference" / "capabilities.md").read_text(encoding="utf-8")

    assert page == long_table(COMMITTED), STALE
    assert readme == with_table(readme, short_table(COMMITTED)), STALE


def test_every_provider_is_in_it() -> None:
    """Those that are enrolled, and no others; and all first-party ones are enrolled."""
    reported = {(each["provider"], each["variant"]) for each in COMMITTED}
    first_party = {each.name for each in providers() if each.distribution in _PARTS}

    assert reported == {(each().spec.name, each.variant) for each in ENROLLED}, STALE
    assert {name for name, _ in reported} == first_party


def test_evidence_names_checks() -> None:
    """Whatever proved a feature is a check of the kit."""
    named = {
        check
        for each in COMMITTED
        for features in each["features"].values()
        for reported in features.values()
        for check in reported["proved_by"]
    }

    assert named
    assert named <= set(CHECKS), STALE


@pytest.mark.parametrize("kind", ENROLLED, ids=lambda kind: kind().label)
def test_it_says_what_the_devices_say(kind: type[Conformance]) -> None:
    """Support, note and whether it is verified, of every feature; and what the decisive check proves is in it."""
    result = asyncio.run(run_check(CHECKS[DECISIVE], kind(), "async"))
    reported = committed(kind)["features"]
    plain = {
        role: {
            feature: {name: value for name, value in each.items() if name != "proved_by"}
            for feature, each in features.items()
        }
        for role, features in reported.items()
    }
    proved = sorted(
        (role, feature)
        for role, features in reported.items()
        for feature, each in features.items()
        if DECISIVE in each["proved_by"]
    )

    assert result.outcome is Outcome.PASSED, result.message
    assert plain == result.capabilities, STALE
    assert proved == sorted(result.proved), STALE
