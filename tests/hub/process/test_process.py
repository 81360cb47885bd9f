"""``openpower run`` as a process: two vendors, its signals, its log, and what it says where it cannot go on."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

OPENPOWER = [sys.executable, "-m", "openpower"]
Start = Callable[..., Any]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run([*OPENPOWER, *arguments], capture_output=True, text=True, check=False, timeout=120)


def let_pass(folder: Path) -> None:
    """Move the end of what is commanded into the past."""
    file = folder / "state" / "openpower-writes.sqlite3"
    with closing(sqlite3.connect(file)) as db, db:
        db.execute("UPDATE points SET data = json_set(data, '$.due', '2026-01-03T05:00:00Z')")


TWO_VENDORS = '[homes.house]\nprofiles = ["my_alphaess", "my_amber"]\n'


def test_two_vendors_and_a_command_of_another_process(start: Start, vendors: Start, folder: Path) -> None:
    """Both are read; a command that was sent without --wait is seen, named at the end, and released by the next hub."""
    vendors("alphaess")
    vendors("amber")
    hub = start(TWO_VENDORS)
    hub.says(f"Page: http://127.0.0.1:{hub.port}")
    found = hub.live(5)
    assert {each["role"] for each in found.values()} >= {"battery", "inverter", "meter", "retailer"}
    assert not [key for key in found if "AL0" in key]

    sent = command("charge", "my_alphaess", "--to", "90", "--yes")
    assert sent.returncode == 0, sent

    began = time.monotonic()
    assert hub.ends() == 0, hub.log
    assert time.monotonic() - began < 10
    assert hub.out.endswith("Ended.\n")
    (warning,) = [line for line in hub.log.splitlines() if "is to be released" in line]
    assert "The charge of AL…0001/battery" in warning

    let_pass(folder)
    assert command("status", "my_alphaess").returncode == 8
    again = start(TWO_VENDORS, name="again")
    again.live(5)
    deadline = time.monotonic() + 60
    while command("status", "my_alphaess").returncode == 8:
        assert time.monotonic() < deadline, again.log
    assert again.ends() == 0
    assert "is to be released" not in again.log


def test_a_vendor_that_dies_costs_itself_alone(start: Start, vendors: Start) -> None:
    """The prices stay when the inverter's vendor is killed; one line says so."""
    alphaess = vendors("alphaess")
    vendors("amber")
    intervals = 'intervals = { my_alphaess = "1 s", my_amber = "5 s" }\n'
    hub = start(TWO_VENDORS + intervals)
    hub.live(5)
    alphaess.running.kill()

    def lost() -> bool:
        roles = {each["role"]: each["freshness"] for each in hub.devices().values()}
        return roles.get("battery") != "live" and roles.get("retailer") == "live"

    deadline = time.monotonic() + 60
    while not lost():
        assert time.monotonic() < deadline
        time.sleep(0.2)
    battery = next(each for each in hub.devices().values() if each["role"] == "battery")
    assert set((battery.get("reading") or {"x": None}).values()) <= {None}
    hub.says("battery cannot be read")
    time.sleep(3)
    assert len([line for line in hub.log.splitlines() if "battery cannot be read" in line]) == 1
    assert "Traceback" not in hub.log
    assert hub.ends() == 0


def test_refused_credentials_are_one_line_and_a_reload_tries_the_new_ones(
    start: Start, vendors: Start, folder: Path
) -> None:
    """The other vendor is read; nobody is locked out by attempts; SIGHUP after ``openpower login`` connects at once."""
    vendors("alphaess")
    vendors("amber")
    file = folder / "config.toml"
    right = file.read_text()
    secret = re.search(r'app_secret = "(.+)"', right)
    assert secret is not None
    file.write_text(right.replace(secret[1], "wrong"))
    hub = start(TWO_VENDORS)
    line = hub.says("WARNING house: ")
    assert "my_alphaess" in line
    assert {each["role"] for each in hub.live(1).values()} == {"retailer"}
    time.sleep(3)
    assert len([each for each in hub.log.splitlines() if "my_alphaess" in each]) == 1
    assert "wrong" not in hub.log

    file.write_text(right)
    hub.send(signal.SIGHUP)
    assert len(hub.live(4)) >= 4
    assert hub.ends() == 0


STUCK = """
import asyncio, sys, time
from openpower_hub import integration, process
from openpower_hub.config import HubConfig
process.GRACE_S = 1.0
class Stuck:
    def __init__(self, hub): pass
    async def run(self):
        print("runs", flush=True)
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                time.sleep({blocks})
integration.INTEGRATIONS.clear()
integration.INTEGRATIONS["history"] = ("__main__:Stuck", lambda _: True)
from openpower_hub import logs
logs.to_stderr()
process.run(lambda: HubConfig.of_profiles(("demo",)))
"""


@pytest.mark.parametrize(("blocks", "seconds"), [(0, 5), (60, 12)])
def test_what_does_not_end_in_order_is_ended(blocks: int, seconds: float) -> None:
    """An integration that ignores its end, or a thread that hangs, keeps the process for seconds only; code 1 and a line."""
    with subprocess.Popen(
        [sys.executable, "-c", STUCK.format(blocks=blocks)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as hub:
        assert hub.stdout is not None
        assert hub.stdout.readline() == "runs\n"
        began = time.monotonic()
        hub.send_signal(signal.SIGTERM)
        _, errors = hub.communicate(timeout=30)
    assert time.monotonic() - began < seconds
    assert hub.returncode == 1
    assert "did not end in order" in errors


def test_without_a_configuration_it_is_the_simulated_home(start: Start) -> None:
    """A file without homes; what is served on the port is the page and the API."""
    hub = start()
    found = hub.live(5)
    assert len(found) == 5
    assert hub.get("/api/v1/homes")["homes"][0]["simulated"] is True
    assert hub.ends(signal.SIGINT) == 0


def test_a_second_hub_on_the_same_state_is_refused(start: Start) -> None:
    """One line, code 2; and the first one runs on. A hub that was killed keeps nobody out."""
    first = start()
    first.says("Page: ")
    second = start(name="second")
    assert second.ends(None, within=60) == 2
    assert second.log.startswith("openpower: another openpower run uses ")
    assert second.log.count("\n") == 1
    assert first.get("/api/v1/homes")

    assert first.ends(signal.SIGKILL) == -signal.SIGKILL
    third = start(name="third")
    third.says("Page: ")
    assert third.ends() == 0


def test_a_port_that_is_in_use_costs_the_page_alone(start: Start) -> None:
    """One line names the port; the rest runs until it is told to end."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        hub = start(f"[http]\nport = {port}\n")
        hub.says(str(port))
        time.sleep(2)
        assert hub.running.poll() is None
        assert len([line for line in hub.log.splitlines() if str(port) in line]) == 1
        assert "Traceback" not in hub.log
        assert hub.ends() == 0


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[http]\nprot = 8484\n", "[http] of hub.toml has no key 'prot'"),
        ("[htp]\nport = 8484\n", "hub.toml has no key 'htp'"),
        ('[http]\nport = "8484"\n', "[http] of hub.toml: port: '8484' is no port"),
        ('[mqtt]\npassword = "hunter2"\n[http]\nport = 8484\n', "this file holds no secrets"),
        ("[http\nport = 8484\n", "hub.toml is not valid TOML"),
        ('[http]\nport = 8484\n[history]\nraw = "for ever"\n', "'for ever' is no duration"),
        ("[http]\nport = 8484\n[predbat]\n", "needs [mqtt]"),
        ("[http]\nport = 8484\n[notifications]\nspike_above = nan\n", "spike_above is nan"),
        ('[http]\nport = 8484\n[http.tokens.me]\nsha256 = "secret"\n', "run --new-token NAME"),
    ],
)
def test_a_wrong_file_is_one_line(start: Start, toml: str, words: str) -> None:
    """It names the place; nothing runs, and no secret is repeated."""
    hub = start(toml)
    assert hub.ends(None, within=60) == 2
    assert hub.log.count(words) == 1
    assert hub.log.count("\n") == 1
    assert "hunter2" not in hub.log


def test_a_reload_takes_the_new_file_and_keeps_the_old_one_if_it_is_wrong(start: Start, folder: Path) -> None:
    """SIGHUP: a wrong file is one line, and what ran runs on; a right one is taken."""
    hub = start()
    hub.live(5)
    text = (folder / "hub.toml").read_text()
    (folder / "hub.toml").write_text("[htp]\n")
    hub.send(signal.SIGHUP)
    line = hub.says("was not read again")
    assert "no key 'htp'" in line
    assert hub.get("/api/v1/homes")["homes"][0]["name"] == "home"

    (folder / "hub.toml").write_text(f'[homes.shed]\nprofiles = ["demo"]\n{text}')
    hub.send(signal.SIGHUP)
    hub.says("The configuration was read again.")
    hub.live(5)
    assert [each["name"] for each in hub.get("/api/v1/homes")["homes"]] == ["shed"]

    (folder / "hub.toml").unlink()  # never the simulated home instead
    hub.send(signal.SIGHUP)
    hub.says("hub.toml cannot be read")
    assert [each["name"] for each in hub.get("/api/v1/homes")["homes"]] == ["shed"]
    assert hub.ends() == 0


@pytest.mark.parametrize("where", ["/proc/nowhere", "file"])
def test_a_state_folder_that_cannot_be_written_is_one_line(start: Start, folder: Path, where: str) -> None:
    """It is needed to put things right, so nothing runs without it."""
    (folder / "file").touch()
    hub = start(OPENPOWER_STATE_DIR=str(folder / where))
    assert hub.ends(None, within=60) == 2
    assert "cannot be written" in hub.log
    assert hub.log.count("\n") == 1


def test_an_unreachable_broker_and_a_missing_password_cost_mqtt_alone(start: Start) -> None:
    """One line each; page and homes run."""
    hub = start('[mqtt]\nhost = "127.0.0.1"\nport = 1\n')
    hub.says("127.0.0.1:1")
    hub.live(5)
    assert hub.ends() == 0
    lines = [line for line in hub.log.splitlines() if "mqtt" in line]
    assert len(lines) == 1

    secret = start('[mqtt]\nhost = "127.0.0.1"\nusername = "me"\npassword_file = "/nowhere/password"\n', name="secret")
    secret.says("/nowhere/password")
    secret.live(5)
    assert secret.ends() == 0
    assert "Traceback" not in hub.log + secret.log


def test_without_the_extra_it_says_how_to_install_it() -> None:
    """One line, code 2; the other commands work."""
    code = "import sys; sys.modules['openpower_hub'] = None; from openpower.cli import main; main(sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", code, "run"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert 'pip install "openpower[cli,hub]>=0.2"' in done.stderr


def test_in_the_journal_lines_have_priorities_and_no_times(start: Start, folder: Path) -> None:
    """systemd says by JOURNAL_STREAM that standard error is the journal; elsewhere lines have the time and the level."""
    plain = start('[homes.home]\nprofiles = ["nobody"]\n')
    line = plain.says("nobody")
    assert line[:4].isdecimal()
    assert "Z WARNING home: nobody" in line
    assert plain.ends() == 0

    errors = folder / "journal.err"
    errors.touch()
    found = errors.stat()
    journal = start(
        '[homes.home]\nprofiles = ["nobody"]\n', name="journal", JOURNAL_STREAM=f"{found.st_dev}:{found.st_ino}"
    )
    assert journal.says("nobody").startswith("<4>home: nobody")
    assert journal.ends() == 0
    assert "<6>Ending." in journal.log


def test_a_second_signal_ends_at_once(start: Start) -> None:
    """Whatever is still under way: code 130 and a line, or the orderly end was faster."""
    hub = start()
    hub.live(5)
    hub.send(signal.SIGINT)
    hub.send(signal.SIGTERM)
    code = hub.ends(None, within=5)
    assert code in {0, 130}
    if code:
        assert "It was told twice to end. Ended at once." in hub.log


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
def test_on_a_terminal_it_is_calm_and_a_terminal_that_closes_ends_it(folder: Path) -> None:
    """The address, then silence; times of day without levels; and nothing goes on unseen when the window is closed."""
    from terminal import Terminal

    (folder / "openpower.toml").write_text('[http]\nenabled = false\n[homes.home]\nprofiles = ["nobody"]\n')
    terminal = Terminal()
    child = terminal.start("run", "--config", str(folder / "openpower.toml"))
    child.expect(r"\d\d:\d\d:\d\d  warning: home: nobody")
    child.sendintr()
    child.expect_exact("Ending; ctrl-C again ends at once.")
    terminal.finish(child, "run")
    assert terminal.code == 0

    child = terminal.start("run", "--config", str(folder / "openpower.toml"))
    child.expect_exact("warning: home: nobody")
    os.close(child.child_fd)
    deadline = time.monotonic() + 30
    while os.waitpid(child.pid, os.WNOHANG) == (0, 0):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    child.child_fd = -1
