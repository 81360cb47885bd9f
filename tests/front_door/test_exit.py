"""A program that ends without closing its home: what stays to be released is said, and nothing crashes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMMON = """
import asyncio, logging, sys
from datetime import UTC, datetime, timedelta
import openpower
logging.basicConfig(level=logging.WARNING)
options = {"like": "goodwe-sems", "state_dir": sys.argv[1], "tz": "Europe/Berlin"}
until = datetime(2100, 1, 1, tzinfo=UTC)
"""
PROGRAMS = {
    "sync": """
home = openpower.connect("demo", **options)
home.battery().charge(until=until)
""",
    "async": """
async def main():
    global home
    home = openpower.connect_async("demo", **options)
    await (await home.battery()).charge(until=until)
asyncio.run(main())
""",
    "released": """
home = openpower.connect("demo", **options)
home.battery().charge(until=until)
home.battery().release()
""",
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_program_that_ends_without_closing(kind: str, tmp_path: Path) -> None:
    """It warns, with the device and the local time; its own threads still look into the state folder by then."""
    arguments = [sys.executable, "-c", COMMON + PROGRAMS[kind], str(tmp_path)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)

    warning = "is to be released at 2100-01-01 01:00 (Europe/Berlin), and the program ends before that."
    assert done.returncode == 0, done.stderr
    assert ("The charge of DE…0001/battery " + warning in done.stderr) is (kind != "released")
    assert "Traceback" not in done.stderr
