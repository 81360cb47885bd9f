"""The command in odd environments: closed input, foreign encodings, read-only folders, damaged files, secrets nearby."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from terminal import Terminal

OPENPOWER = [sys.executable, "-m", "openpower"]


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command in its own process."""
    environment = {**os.environ, **options.pop("env", {})}
    return subprocess.run(
        [*OPENPOWER, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60, **options
    )


@pytest.mark.parametrize(
    ("started", "typed"), [({"UV_RUN_RECURSION_DEPTH": "1"}, "uv run openpower"), ({}, "openpower")]
)
def test_next_steps_are_typed_as_the_command_was(started: dict[str, str], typed: str, tmp_path: Path) -> None:
    """``uv run`` in a checkout: its environment is not on the path, so the bare command would not be found."""
    (tmp_path / "pyproject.toml").touch()
    environment = {"UV_RUN_RECURSION_DEPTH": "", **started}
    code = (
        "import os, sys\n"
        f"sys.prefix = {str(tmp_path / '.venv')!r}\n"
        "os.environ['UV_RUN_RECURSION_DEPTH'] or os.environ.pop('UV_RUN_RECURSION_DEPTH')\n"
        "from openpower.cli import main; main(sys.argv[1:])"
    )
    shown = [
        subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        ).stdout
        for arguments in (
            (),
            ("demo",),
            ("new-provider", "acme", "--into", str(tmp_path / "acme")),
            ("status", "amber"),
            ("charge", "demo", "--tp"),
            ("charge", "demo", "--until", "23:00", "--dry-run"),
            ("charge", "--help"),
        )
    ]

    assert f"New here? {typed} demo\n" in shown[0]
    assert f"  {typed} charge demo --to 80" in shown[1]
    assert f"  {typed} emulate acme\n" in shown[2]
    assert f"Sign in with: {typed} login amber " in shown[3]
    assert shown[3].startswith("openpower: amber: ")
    assert f"See: {typed} charge --help" in shown[4]
    assert "uv run" not in shown[5]
    assert f"  {typed} charge home --to" in shown[6]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_that_lacks_signs_gets_plain_ones(encoding: str) -> None:
    """Bars and dashes become ASCII where the encoding has none; nothing breaks."""
    environment = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "LANG": "C", "LC_ALL": "C"}

    done = run("prices", "demo", "--chart", env=environment)

    assert done.returncode == 0
    assert done.stderr == ""
    assert ("█" in done.stdout) == (encoding == "utf-8")
    assert ("###" in done.stdout) == (encoding != "utf-8")


@pytest.mark.skipif(os.name != "posix", reason="descriptors are closed the POSIX way")
def test_closed_streams_break_nothing() -> None:
    """Started without standard input or output, it sends nothing and shows no traceback."""
    asked = subprocess.run(
        f"exec {sys.executable} -m openpower hold demo --until 23:59 <&-",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    silent = subprocess.run(
        f"exec {sys.executable} -m openpower providers >&-", shell=True, stderr=subprocess.PIPE, text=True, check=False
    )

    assert asked.returncode == 2
    assert "--yes" in asked.stderr
    assert silent.returncode == 0
    assert "Traceback" not in asked.stderr + silent.stderr


def test_a_full_disk_is_reported() -> None:
    """What cannot be written is an error in words."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([*OPENPOWER, "providers"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_configuration_is_named(cli: Any, own_folders: Path) -> None:
    """The file and the place are named; what it holds is not shown, since it may be a secret."""
    file = own_folders / "config.toml"
    file.write_text('[profiles.home]\nprovider = "alphaess"\napp_secret = "canary\n')
    file.chmod(0o600)

    shown = cli("status")
    doctor = cli("doctor")
    assert cli("stauts").err.startswith("openpower: there is no command 'stauts'.")

    assert shown.code == 2
    assert str(file) in shown.err
    assert "canary" not in shown.err + doctor.out
    assert doctor.code == 1
    assert "FAIL  profiles" in doctor.out


def test_login_says_at_once_where_nothing_can_be_stored(
    cli: Any, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    """Before any secret is typed: a folder that cannot be made is reported before any question."""
    (own_folders / "file").write_text("in the way")
    monkeypatch.setenv("OPENPOWER_CONFIG", str(own_folders / "file" / "config.toml"))

    shown = cli("login", "alphaess")

    assert shown.code == 2
    assert "OPENPOWER_CONFIG" in shown.err
    assert shown.out == ""


def test_a_state_folder_that_cannot_be_written_is_reported_once_before_anything_is_sent(
    cli: Any, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    """Commands name the folder and the variable that names another; reading needs no folder."""
    (own_folders / "file").write_text("in the way")
    monkeypatch.setenv("OPENPOWER_STATE_DIR", str(own_folders / "file" / "state"))

    shown = cli("charge", "demo", "--to", "80", "--yes")
    read = cli("status", "demo")

    assert shown.code == 2
    assert f"the folder {own_folders / 'file' / 'state'} cannot be written" in shown.err
    assert "OPENPOWER_STATE_DIR" in shown.err
    assert shown.err.count("\n") == 1
    assert read.code == 0
    assert read.err == ""


def test_history_leaves_nothing_behind_when_interrupted(
    cli: Any, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    """Ctrl-C half way: no file, and no draft of one."""
    from openpower.cli import tables

    def interrupt(rows: Any, file: Path) -> None:
        file.write_text("half of it")
        raise KeyboardInterrupt

    monkeypatch.setitem(tables._FORMATS, ".csv", interrupt)
    before = set(own_folders.iterdir())

    shown = cli("history", "demo", "-o", str(own_folders / "day.csv"))

    assert shown.code == 130
    assert set(own_folders.iterdir()) <= before | {own_folders / "state"}


def test_parquet_without_its_extra_names_it_before_anything_is_fetched(
    cli: Any, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    """The extra's install line is the hint."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    shown = cli("history", "demo", "-o", str(own_folders / "day.parquet"))

    assert shown.code == 2
    assert 'pip install "openpower[parquet]>=0.2"' in shown.err


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_a_typed_secret_is_in_no_process_list_and_no_history(tmp_path: Path) -> None:
    """While login tries it, neither the command line nor the screen shows the secret."""
    secret = "canary-secret-of-login"
    history = tmp_path / "history"
    session = Terminal(HISTFILE=str(history))
    # A server that accepts and never answers keeps login busy while we look.
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/api"
        child = session.start("login", "alphaess", "-O", f"base_url={url}", "-O", "timeout=2")
        child.expect_exact("AppID: ")
        child.sendline("an-app-id")
        child.expect_exact("AppSecret: ")
        child.sendline(secret)
        child.expect_exact("Signing in")
        commands = _command_lines(child.pid)
        child.expect_exact("Store it all the same? [y/N] ")
        child.sendline("n")
        shown = session.finish(child, "login", "alphaess")

    assert commands
    assert secret not in commands
    assert secret not in shown
    assert not history.exists()
    assert session.code == 3


def _command_lines(parent: int) -> str:
    """The command lines of a process and its children."""
    found = Path(f"/proc/{parent}/cmdline").read_bytes()
    for folder in Path("/proc").iterdir():
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            if folder.name.isdigit() and int(stat[1]) == parent:
                found += (folder / "cmdline").read_bytes()
        except (OSError, IndexError, ValueError):
            continue
    return found.decode(errors="replace")


def test_ctrl_c_at_a_question_sends_nothing(own_folders: Path) -> None:
    """Interrupted at "Send it?": 130, and the audit stays empty."""
    session = Terminal()
    child = session.start("hold", "demo", "--until", "23:59")
    child.expect_exact("[y/N]")
    child.sendintr()
    shown = session.finish(child, "hold", "demo")

    assert session.code == 130
    assert "Traceback" not in shown
    assert "Nothing has been written yet." in session.run("audit")


def test_a_terminated_watch_leaves_whole_lines() -> None:
    """In a pipe each look is written whole and at once."""
    with subprocess.Popen([*OPENPOWER, "watch", "demo", "--every", "1"], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = json.loads(child.stdout.readline())
        time.sleep(0.05)
        child.send_signal(signal.SIGTERM)
        rest = child.stdout.read().splitlines()

    assert first["schema"] == 1
    assert all(json.loads(line) for line in rest)
