"""What is overdue is seen by every look at a home, with an exit code of its own, and put right by one command."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from openpower.cli import overdue

PAST = datetime(2026, 1, 3, 5, tzinfo=UTC)


@pytest.fixture
def home(cli: Any, own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A profile for an emulated AlphaESS, which brings every window back each day."""
    from openpower_alphaess.emulator import EmulatedSystem, Emulator, Nameplate, Quirks, serve

    quirks = Quirks(readback_delay=timedelta(0), effect_delay=timedelta(0))
    system = EmulatedSystem(Nameplate(tz="Europe/Berlin"), start=datetime.now(UTC), quirks=quirks)
    with serve(Emulator([system])) as served:
        monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_ID", served.options["app_id"])
        monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_SECRET", served.options["app_secret"])
        file = own_folders / "config.toml"
        file.write_text(
            f'[profiles.home]\nprovider = "alphaess"\nbase_url = "{served.url}"\ntz = "Europe/Berlin"\n'
            '[profiles.other]\nprovider = "demo"\n'
        )
        file.chmod(0o600)
        yield served


def command(cli: Any, folder: Path, *, due: datetime | None = PAST) -> None:
    """Send a command that nothing releases, and let its end pass."""
    sent = cli("charge", "home", "--to", "90", "--unattended", "--yes", "--json")
    assert sent.code == 0, sent
    let_pass(folder, due=due)


def let_pass(folder: Path, *, due: datetime | None = PAST) -> None:
    """Move the end of what is remembered."""
    (file,) = (folder / "state").glob("*.sqlite3")
    with closing(sqlite3.connect(file)) as db, db:
        for box, document, text in db.execute("SELECT box, document, data FROM points").fetchall():
            point = {**json.loads(text), "due": due and due.isoformat().replace("+00:00", "Z")}
            db.execute("UPDATE points SET data = ? WHERE box = ? AND document = ?", (json.dumps(point), box, document))


def writes(cli: Any) -> list[Any]:
    """What the audit says."""
    lines: list[Any] = cli("audit", "--json").data["audit"]
    return lines


WORDS = "The charge of AL…0001/battery was to be released on Sat 3 Jan 06:00, and still holds."
REMEDY = "openpower release --due home"


def test_every_look_sees_it_and_sends_nothing(cli: Any, home: Any, own_folders: Path) -> None:
    """Device, local time and remedy in one line, exit code 8; and a look, or a dry run, does not release by itself."""
    command(cli, own_folders)
    before = writes(cli)

    home.emulator.refuse("getEvChargerConfigList", 6999, times=99)  # incomplete too, for which the code is 9
    for words in (["status", "home"], ["devices", "home"], ["site", "home"], ["doctor"]):
        shown = cli(*words)
        text = shown.out + shown.err
        assert shown.code == overdue.OVERDUE == 8, words
        assert WORDS in text, words
        assert REMEDY in text, words
        assert "legacy_schedule" not in text
    for words in (["status", "home"], ["watch", "home", "--count", "1"], ["devices", "home"]):
        shown = cli(*words, "--json")
        assert shown.code == 8
        assert [each["device_id"] for each in shown.data["overdue"]] == ["AL0000000000001/battery"]
    assert cli("charge", "home", "--to", "95", "--dry-run").code == 0
    assert cli("release", "--due", "--dry-run").code == 0
    assert cli("status", "other").code == 0
    assert writes(cli) == before


def test_a_command_that_is_not_due_yet_is_seen_too(cli: Any, home: Any, own_folders: Path) -> None:
    """Whoever sent it, such as a process that was killed: what holds, and until when."""
    command(cli, own_folders, due=datetime.now(UTC) + timedelta(hours=3))

    shown = cli("status", "home")

    assert shown.code == 0
    assert "The charge of AL…0001/battery is to be released on " in shown.out
    assert [each["device_id"] for each in cli("status", "home", "--json").data["commands"]] == [
        "AL0000000000001/battery"
    ]


def test_a_home_that_cannot_be_reached_says_what_is_overdue_all_the_same(
    cli: Any, home: Any, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor's outage keeps its own code; the warning stands beside it."""
    command(cli, own_folders)
    monkeypatch.setenv("OPENPOWER_ALPHAESS_APP_SECRET", "another")

    shown = cli("status", "home")

    assert shown.code == 4
    assert WORDS in shown.err
    assert cli("release", "--due", "--yes").code == 8


def test_release_due_puts_right_what_it_can(cli: Any, home: Any, own_folders: Path) -> None:
    """A home that fails is named, and does not keep the others; the second time there is nothing to do."""
    command(cli, own_folders)

    shown = cli("release", "--due", "nobody", "home", "--yes")

    assert shown.code == 2, shown
    assert "nobody: " in shown.err
    assert "The charge of AL…0001/battery is released." in shown.out
    assert cli("status", "home").code == 0
    assert "otherwise auto" in cli("schedule", "show", "home").out.splitlines()
    again = cli("release", "--due", "--yes", "--json")
    assert again.code == 0
    assert again.data == {"schema": 1, "released": [], "overdue": [], "failures": []}


def test_what_is_not_due_is_left_alone(cli: Any, home: Any, own_folders: Path) -> None:
    """--due is about ends that have passed."""
    command(cli, own_folders, due=datetime(2100, 1, 1, tzinfo=UTC))

    assert cli("status", "home").code == 0
    assert cli("release", "--due", "--yes").out == "Nothing is overdue.\n"


def test_release_due_asks(cli: Any, home: Any, own_folders: Path) -> None:
    """As every other change; without a terminal it needs --yes."""
    command(cli, own_folders)
    before = writes(cli)

    shown = cli("release", "--due")

    assert shown.code == 2
    assert "Add --yes" in shown.err
    assert writes(cli) == before


def test_discard_forgets_and_keeps_what_is_set(cli: Any, home: Any, own_folders: Path) -> None:
    """After that nothing is overdue, and nothing was sent."""
    command(cli, own_folders)
    schedule = cli("schedule", "show", "home").out

    assert cli("release", "home", "--discard", "--dry-run").out.endswith("Nothing was forgotten.\n")
    assert cli("status", "home").code == 8
    assert cli("release", "home", "--discard", "--yes").out.endswith("Forgotten.\n")
    assert cli("status", "home").code == 0
    assert cli("schedule", "show", "home").out == schedule
    assert cli("release", "home", "--discard", "--yes", "--json").data["discarded"] == 0


def test_release_takes_one_home_without_due(cli: Any, home: Any) -> None:
    """Two homes at once are an error that names the way."""
    shown = cli("release", "home", "other", "--yes")

    assert shown.code == 2
    assert "release --due" in shown.err


def test_supervise_releases_what_is_due_until_it_is_stopped(
    cli: Any, home: Any, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it runs, a command of another process needs no --wait; a stop is no failure."""
    typed = [sys.executable, "-m", "openpower", "charge", "home", "--to", "91", "--yes"]
    assert "openpower supervise" in cli("charge", "home", "--to", "91", "--yes").err
    rounds: list[float] = []

    def sleep(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 1:
            subprocess.run(typed, check=True, capture_output=True)
            let_pass(own_folders)
        if len(rounds) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(overdue.time, "sleep", sleep)

    shown = cli("supervise", "home", "--every", "1")

    assert shown.code == 0, shown
    assert shown.out.splitlines()[0] == "Releasing what is due at home. To stop, press ctrl-C."
    assert shown.out.splitlines()[-1] == "Stopped."
    assert cli("status", "home").code == 0
    assert "otherwise auto" in cli("schedule", "show", "home").out.splitlines()[0]
    assert {line["operation"] for line in writes(cli)} == {"command", "release"}


def test_until_released_has_no_end(cli: Any) -> None:
    """And the plan says how it ends."""
    plan = cli("charge", "demo", "--to", "80", "--until", "released", "--dry-run")
    lines = dict(line.split(maxsplit=1) for line in plan.out.splitlines()[:-1])

    assert lines["plan"] == "charge the battery to 80 % until released"
    assert lines["ends"] == "not by itself; to end it, type openpower release demo"
