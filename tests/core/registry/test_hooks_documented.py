"""Every hook is documented for users, and called by a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from openpower_core.registry import hookspecs

ROOT = Path(__file__).resolve().parents[3]
HOOKS = [name for name in hookspecs.__all__ if name.startswith("openpower_")]


def test_there_are_the_five_of_the_design() -> None:
    """The names that plugins rely on."""
    assert set(HOOKS) == {
        "openpower_provider",
        "openpower_before_write",
        "openpower_after_write",
        "openpower_reading",
        "openpower_resolve_credential",
    }


@pytest.mark.parametrize("hook", HOOKS)
def test_each_has_a_docstring_and_a_page(hook: str) -> None:
    """A hook that is not on the page for plugin authors does not exist for them."""
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")

    assert getattr(hookspecs, hook).__doc__
    assert f"`{hook}(" in page


@pytest.mark.parametrize("hook", HOOKS)
def test_each_is_implemented_by_some_test(hook: str) -> None:
    """A hook without a test could stop being called unnoticed."""
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]

    assert any(f"def {hook}" in path.read_text(encoding="utf-8") for path in tests)
