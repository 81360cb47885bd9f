"""What is not run is said: in CI only the kit's reasons and an absent interpreter may skip a test."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("Skipped: openpower: it has one flavour only", pytest.ExitCode.OK),
        ("Skipped: no interpreter 3.13", pytest.ExitCode.OK),
        ("Skipped: no captures here", pytest.ExitCode.TESTS_FAILED),
        ("Skipped: could not import 'pyarrow'", pytest.ExitCode.TESTS_FAILED),
    ],
)
@pytest.mark.parametrize("ci", [True, False])
def test_ci_fails_on_any_other_skip(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, *, ci: bool, reason: str, outcome: pytest.ExitCode
) -> None:
    """And names its reason; elsewhere a skip is no failure."""
    monkeypatch.setenv("CI", "true") if ci else monkeypatch.delenv("CI", raising=False)
    lines: list[str] = []
    skipped = SimpleNamespace(longrepr=("test_it.py", 1, reason))
    reporter = SimpleNamespace(stats={"skipped": [skipped]}, write_line=lambda line, **_: lines.append(line))
    plugins = SimpleNamespace(get_plugin=lambda _: reporter)
    session = SimpleNamespace(config=SimpleNamespace(pluginmanager=plugins), exitstatus=pytest.ExitCode.OK)
    conftest: Any = pytestconfig.pluginmanager.get_plugin(str(Path(__file__).with_name("conftest.py")))

    conftest.pytest_sessionfinish(session)

    assert session.exitstatus == (outcome if ci else pytest.ExitCode.OK)
    assert [reason in line for line in lines] == [True] * (session.exitstatus != pytest.ExitCode.OK)
