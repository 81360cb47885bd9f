"""What the overloads of ``connect`` say is what the providers' specifications say."""

from __future__ import annotations

import pytest

from openpower import _options
from openpower_core.registry import load
from openpower_core.registry.spec import COMMON_OPTIONS

TYPED = {
    "alphaess": _options.AlphaESSOptions,
    "amber": _options.AmberOptions,
    "demo": _options.DemoOptions,
    "goodwe": _options.GoodWeOptions,
    "goodwe-local": _options.GoodWeLocalOptions,
    "goodwe-sems": _options.SemsPlusOptions,
}


def test_the_common_options_are_those_of_core() -> None:
    """One list for type checkers, one for the program."""
    assert set(_options.CommonOptions.__annotations__) == set(COMMON_OPTIONS)


@pytest.mark.parametrize("name", TYPED)
def test_a_providers_keywords_are_those_of_its_specification(name: str) -> None:
    """The specification is the truth; the typed options follow it, aliases included."""
    own = set(TYPED[name].__annotations__) - set(COMMON_OPTIONS)

    assert own == set(load(name).keywords(aliases=True))
