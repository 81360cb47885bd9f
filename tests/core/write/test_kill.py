"""A process that is killed between any two steps leaves nothing that a second one cannot bring to its end."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("kill_harness.py")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is tested where there is fork")


# `nox -s kills` says how many; then every combination runs.
KILLS = int(os.environ.get("OPENPOWER_KILLS", "40"))
BOUNDED = [
    ("sync", "command", "repeat", "whole"),
    ("sync", "command", "release", "split"),
    ("sync", "command", "due", "whole"),
    ("sync", "release", "release", "split"),
    ("sync", "release", "due", "whole"),
    ("sync", "undo", "due", "split"),
    ("async", "command", "release", "whole"),
]
WHOLE = [
    (flavour, killed, recovery, calls)
    for flavour in ("sync", "async")
    for killed, recoveries in (("command", ("repeat", "release", "due")), ("release", ("release", "due")))
    for recovery in recoveries
    for calls in ("whole", "split")
] + [(flavour, "undo", recovery, "split") for flavour in ("sync", "async") for recovery in ("release", "due")]


def run(*arguments: str) -> int:
    """Run the harness in a process of its own, without pytest's threads."""
    done = subprocess.run(
        [sys.executable, str(HARNESS), *arguments], capture_output=True, encoding="utf-8", timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return int(done.stdout)


@pytest.mark.parametrize(
    ("flavour", "killed", "recovery", "calls"), WHOLE if "OPENPOWER_KILLS" in os.environ else BOUNDED
)
def test_kill_at_every_step(flavour: str, killed: str, recovery: str, calls: str, tmp_path: Path) -> None:
    """Nothing is sent twice, nothing that arrived is forgotten, and what was there before comes back."""
    assert run(flavour, killed, recovery, calls, str(tmp_path / "run")) > 40


def test_kill_at_random_instants(tmp_path: Path) -> None:
    """Commands, releases and undos of both flavours: another process releases whatever is left."""
    seed = str(random.randrange(10**6)) if "OPENPOWER_KILLS" in os.environ else "1"
    assert run("random", str(KILLS), str(tmp_path / "run"), seed) == KILLS
