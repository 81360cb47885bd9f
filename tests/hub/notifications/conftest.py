"""A state folder of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the planners and the connection remember what they sent."""
    monkeypatch.setenv("OPENPOWER_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"
