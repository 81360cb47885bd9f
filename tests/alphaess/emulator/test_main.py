"""``python -m openpower_alphaess.emulator`` serves for a while and says how to connect."""

from __future__ import annotations

import subprocess
import sys

from openpower_alphaess.emulator.__main__ import main


def test_it_announces_itself_and_ends(capsys):
    """It prints its address and a line that connects, and returns when its time is over."""
    assert main(["--minutes", "0"]) == 0

    address, connect = capsys.readouterr().out.splitlines()
    assert address.startswith("AlphaESS emulator at http://127.0.0.1:")
    assert connect.startswith('openpower.connect("alphaess", app_id=')
    assert f"base_url='{address.split()[-1]}'" in connect


def test_it_runs_as_a_module():
    """The module can be run."""
    command = [sys.executable, "-m", "openpower_alphaess.emulator", "--minutes=0", "--seed=2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    assert "openpower.connect" in done.stdout
