"""What the overloads of ``connect`` say is what the providers' specifications say."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

import openpower
from openpower_core.registry import load
from openpower_core.registry.spec import COMMON_OPTIONS

STUB = Path(str(openpower.__file__)).with_name("_connect.pyi")
TYPED: dict[str, Any] = {"__name__": "openpower._connect"}
exec(compile(STUB.read_text(encoding="utf-8"), STUB, "exec"), TYPED)
OPTIONS = {
    "alphaess": "AlphaESSOptions",
    "amber": "AmberOptions",
    "dayahead": "DayAheadOptions",
    "demo": "DemoOptions",
    "goodwe": "GoodWeOptions",
    "goodwe-local": "GoodWeLocalOptions",
    "goodwe-sems": "SemsPlusOptions",
    "octopus": "OctopusOptions",
    "tariff": "TariffOptions",
}


def test_the_common_options_are_those_of_core() -> None:
    """One list for type checkers, one for the program."""
    assert set(TYPED["CommonOptions"].__annotations__) == set(COMMON_OPTIONS)


@pytest.mark.parametrize("connect", [openpower.connect, openpower.connect_async])
def test_both_flavours_take_the_common_options(connect: Any) -> None:
    """By name, so that help() and editors show them."""
    assert set(inspect.signature(connect).parameters) - {"provider", "options"} == set(COMMON_OPTIONS)


@pytest.mark.parametrize("name", OPTIONS)
def test_a_providers_keywords_are_those_of_its_specification(name: str) -> None:
    """The specification is the truth; the typed options follow it, aliases included."""
    own = set(TYPED[OPTIONS[name]].__annotations__) - set(COMMON_OPTIONS)

    assert own == set(load(name).keywords(aliases=True))
