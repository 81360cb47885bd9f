"""A process that is killed between any two steps leaves nothing that a second one cannot bring to its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("kill_harness.py")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is tested where there is fork")


@pytest.mark.parametrize(
    ("flavour", "killed", "recovery"),
    [
        ("sync", "command", "repeat"),
        ("sync", "command", "release"),
        ("sync", "command", "due"),
        ("sync", "release", "release"),
        ("sync", "release", "due"),
        ("async", "command", "release"),
    ],
)
def test_kill_at_every_step(flavour: str, killed: str, recovery: str, tmp_path: Path) -> None:
    """Nothing is sent twice, nothing that arrived is forgotten, and what was there before comes back."""
    done = subprocess.run(
        [sys.executable, str(HARNESS), flavour, killed, recovery, str(tmp_path / "run")],
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) > 40
