"""Processes that command emulated homes are killed at random instants; ``openpower release --due`` puts everything right."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("OPENPOWER_KILLS", "10"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is tested where there is fork")
def test_kill_at_random_instants(tmp_path: Path) -> None:
    """No home holds anything else than before, no call is doubled, and each is in the audit."""
    seed = str(random.randrange(10**6)) if "OPENPOWER_KILLS" in os.environ else "1"
    harness = str(Path(__file__).with_name("kill_harness.py"))
    done = subprocess.run(
        [sys.executable, harness, "random", str(KILLS), str(tmp_path / "run"), seed],
        capture_output=True,
        encoding="utf-8",
        timeout=3000,
        check=False,
    )
    sys.stdout.write(done.stderr)

    assert done.returncode == 0, f"seed {seed}: {done.stderr[-3000:]}"
    assert int(done.stdout) >= KILLS
