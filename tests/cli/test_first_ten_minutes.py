"""The first ten minutes of somebody who has not seen the code: every next step that is printed works as it is printed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import Terminal

_LONGEST_S = 120.0


@pytest.fixture
def emulator() -> Iterator[dict[str, str]]:
    """``openpower emulate alphaess`` in another terminal; gives what it prints."""
    command = [sys.executable, "-m", "openpower", "emulate", "alphaess", "--minutes", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(5)]
        found = dict(re.findall(r"export OPENPOWER_ALPHAESS_(\w+)=(\S+)", "".join(lines)))
        yield found | {"status": lines[4].strip()}
        running.kill()


def next_steps(shown: str) -> list[list[str]]:
    """The commands that stand in an output."""
    return [
        shlex.split(line)[1:]
        for line in re.findall(r"^ *(?:Next: )?(openpower [\w -][^!?…]*?)(?:  .*)?$", shown, re.MULTILINE)
    ]


def test_the_first_ten_minutes(emulator: dict[str, str], own_folders: Path) -> None:
    """A demo, a sign-in with one wrong field, a reading, a command and its undo, and a live view that ends quietly."""
    began = time.monotonic()
    session = Terminal(columns=80)
    steps = next_steps(session.run("demo"))

    assert ["charge", "demo", "--to", "80"] in steps
    for step in steps:
        if step[0] not in ("watch", "charge"):
            session.run(*step)
            assert session.code == 0, step
    assert "DEMO0000000001/battery" in session.run("devices", "demo")
    session.run("charge", "demo", "--to", "80", answers=(("[y/N]", "n"),))

    address = next(word for word in shlex.split(emulator["status"]) if word.startswith("base_url="))
    shown = session.run(
        *("login", "alphaess", "-O", address),
        answers=(
            ("AppID: ", emulator["APP_ID"]),
            ("AppSecret: ", "not-this-one"),
            (f"AppID [{emulator['APP_ID']}]: ", ""),
            ("AppSecret (Enter keeps it): ", emulator["APP_SECRET"]),
            ("Time zone", "Europe/Berlin"),
        ),
    )

    assert session.code == 0, shown
    assert next_steps(shown) == [["status", "alphaess"]]
    assert "Battery" in session.run(*next_steps(shown)[0])
    # What a script of theirs does; here, since nothing but the profile names the home.
    script = "import openpower; print(openpower.connect('alphaess').battery().read().soc_pct)"
    read = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert 0 <= float(read.stdout) <= 100

    charging = ("charge", "alphaess", "--to", "95", "--unattended")
    assert "confirm" in session.run(*charging, answers=(("[y/N]", "y"),))
    assert session.code == 0
    assert "The charge of AL…0001/battery" in session.run("status", "alphaess")
    session.run("release", "alphaess", answers=(("[y/N]", "y"),))
    assert session.code == 0
    assert "The charge of" not in session.run("status", "alphaess")

    child = session.start("watch", "alphaess")
    child.expect_exact("Battery")
    child.sendintr()
    assert "Traceback" not in session.finish(child, "watch", "alphaess")
    assert session.code == 130
    assert time.monotonic() - began < _LONGEST_S
