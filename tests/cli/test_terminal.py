"""Sessions in a real pseudo-terminal, from nothing to a charging battery; with ``--save-sessions`` they go to the docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal

DOCS = Path(__file__).resolve().parents[2] / "docs"


def keep(session: Any, name: str, title: str, request: pytest.FixtureRequest) -> None:
    """Write the session to the docs when asked; else check that the docs show these very commands."""
    file = DOCS / f"{name}.md"
    if request.config.getoption("--save-sessions"):
        session.save(file, title)
    typed = [entry.partition("\n")[0] for entry in session.transcript]
    shown = [
        line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("$ ")
    ]
    assert [_plain(line) for line in shown] == [_plain(line) for line in typed]


def _plain(line: str) -> str:
    return re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:8000", line)


def test_a_battery_charges_on_the_demo(request: pytest.FixtureRequest) -> None:
    """From looking at the home to a command that is planned, agreed to, sent and seen in the audit."""
    session = Terminal()

    assert "House" in session.run("demo")
    session.run("devices", "demo")
    plan = session.run(
        "charge", "demo", "--to", "80", "--until", "06:00", answers=(("[y/N]", "y"),)
    )
    assert "sends" in plan
    assert "Sent" in plan
    assert session.code == 0
    assert "command" in session.run("audit")
    keep(session, "session-demo", "A session with the simulated home", request)


def test_saying_no_sends_nothing() -> None:
    """Anything but yes is no."""
    session = Terminal()

    shown = session.run("hold", "demo", "--until", "16:00", answers=(("[y/N]", "n"),))

    assert "Nothing was sent." in shown
    assert session.code == 1


def test_alphaess_and_amber_are_one_home_after_login(request: pytest.FixtureRequest) -> None:
    """Two emulated vendors: sign in to each with typed credentials, join them, and charge the battery."""
    from openpower_alphaess.emulator import serve as serve_alphaess
    from openpower_amber.emulator import serve as serve_amber

    with serve_alphaess() as system, serve_amber() as retailer:
        session = Terminal()
        shown = session.run(
            *("login", "alphaess", "-O", f"base_url={system.url}", "-O", "tz=Australia/Sydney"),
            answers=(
                ("AppID: ", system.options["app_id"]),
                ("AppSecret: ", system.options["app_secret"]),
            ),
        )
        assert session.code == 0, shown
        assert system.options["app_secret"] not in shown
        shown = session.run(
            *("login", "amber", "-O", f"base_url={retailer.url}"),
            answers=(("API token: ", retailer.options["token"]),),
        )
        assert session.code == 0, shown
        assert retailer.options["token"] not in shown
        both = session.run("site", "alphaess", "amber")
        assert "Battery" in both
        assert "Buying" in both
        shown = session.run("charge", "alphaess", "--to", "80", "--unattended", "--dry-run")
        assert session.code == 0, shown
        shown = session.run(
            *("charge", "alphaess", "--to", "80", "--unattended"), answers=(("[y/N]", "y"),)
        )
        assert session.code == 0, shown
    keep(session, "session-alphaess-amber", "A session with AlphaESS and Amber (emulated)", request)


def test_ctrl_c_ends_quietly() -> None:
    """Interrupting ``watch`` gives 130 and no traceback."""
    session = Terminal()
    child = session.start("watch", "demo")
    child.expect_exact("House")
    child.sendintr()

    shown = session.finish(child, "watch", "demo")

    assert session.code == 130
    assert "Traceback" not in shown


@pytest.mark.parametrize("columns", [40, 60, 120])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    """A narrow terminal gets short lines, a wide one bars."""
    session = Terminal(columns=columns)

    shown = session.run("demo")

    assert max(len(line) for line in shown.splitlines()) <= columns


def test_no_color_is_kept_to() -> None:
    """NO_COLOR leaves the text and takes the colours."""
    session = Terminal(NO_COLOR="1")
    child = session.start("demo")
    shown = session.finish(child, "demo")

    assert "\x1b[3" not in child.logfile_read.text  # no colour codes
    assert "House" in shown
