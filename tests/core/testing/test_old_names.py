"""What moved out of openpower_core is found under its old name, with a warning that names the new one."""

from __future__ import annotations

import importlib

import pytest


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("openpower_core.testing", "openpower_testing", "Conformance"),
        ("openpower_core.testing", "openpower_testing", "FaultServer"),
        ("openpower_core.simulation", "openpower_simulation", "House"),
        ("openpower_core.emulation", "openpower_simulation.emulation", "ServedEmulator"),
    ],
)
def test_it_is_the_very_same(old: str, new: str, name: str) -> None:
    """The old module gives the new one's class, not a copy of it."""
    with pytest.warns(DeprecationWarning, match=f"^{old} has moved to {new}"):
        found = getattr(importlib.import_module(old), name)

    assert found is getattr(importlib.import_module(new), name)


@pytest.mark.parametrize("old", ["openpower_core.testing", "openpower_core.simulation", "openpower_core.emulation"])
def test_what_never_was_is_not_there(old: str) -> None:
    """A name that the new module does not have is an AttributeError, as of any module."""
    with pytest.warns(DeprecationWarning, match="moved"), pytest.raises(AttributeError, match="nonsense"):
        importlib.import_module(old).nonsense  # noqa: B018


def test_the_bench_is_a_harness_now() -> None:
    """Its old name stays for one release, in both places."""
    from openpower_testing import Bench, Harness

    assert Bench is Harness
    with pytest.warns(DeprecationWarning, match="moved"):
        assert importlib.import_module("openpower_core.testing").Bench is Harness
