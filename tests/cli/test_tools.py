"""``doctor``, ``emulate``, ``completion``, ``watch``, ``prices``, ``usage`` and ``history`` do what their help says."""

from __future__ import annotations

import csv
import itertools
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

LONG_AGO = ("-O", "start=2026-01-15T18:30")


def test_doctor_finds_a_sound_installation_well(cli: Any) -> None:
    """Nothing fails, every provider is listed with its origin, and the exit code is 0."""
    shown = cli("doctor", "--json")
    findings = {each["what"]: each for each in shown.data["findings"]}

    assert shown.code == 0
    assert "openpower-demo" in findings["provider demo"]["words"]
    assert not [each for each in findings.values() if each["well"] is False]


def test_doctor_judges_a_home(cli: Any) -> None:
    """The simulated home's flows balance, and its serial is shown masked."""
    shown = cli("doctor", "demo", "--minutes", "0", "--json")
    findings = {each["what"]: each for each in shown.data["findings"]}

    assert shown.code == 0
    assert findings["signs"]["well"] in {True, None}
    assert "DEMO0000000001" not in shown.out


def test_doctor_reports_a_damaged_state_folder(cli: Any, own_folders: Path) -> None:
    """A state file that is not a database is a failure that names the file, and the file stays."""
    file = own_folders / "state" / "openpower-writes.sqlite3"
    file.parent.mkdir()
    file.write_bytes(b"this is no database, and never was one" * 100)

    shown = cli("doctor")

    assert shown.code == 1
    assert "FAIL  state folder" in shown.out
    assert file.exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_valid_for_its_shell(cli: Any, shell: str) -> None:
    """The printed script is for that shell; where the shell is installed, it parses."""
    script = cli("completion", shell).out

    assert "openpower" in script
    if binary := shutil.which(shell):
        done = subprocess.run([binary, "-n"], input=script, text=True, check=False)
        assert done.returncode == 0


def test_watch_prints_a_line_of_json_for_each_look(cli: Any) -> None:
    """In a pipe every look is one object."""
    shown = cli("watch", "demo", "--count", "2", "--every", "1")
    lines = [json.loads(line) for line in shown.out.splitlines()]

    assert len(lines) == 2
    assert all(line["schema"] == 1 and line["devices"] for line in lines)


def test_prices_are_listed_with_their_kind(cli: Any) -> None:
    """The running interval comes first, then the forecast, without gaps."""
    data = cli("prices", "demo", *LONG_AGO, "--json").data["prices"]

    assert data[0]["kind"] == "current"
    assert {each["kind"] for each in data[1:]} == {"forecast"}
    assert all(a["end"] == b["start"] for a, b in itertools.pairwise(data))


def test_usage_of_a_day_has_a_row_for_each_channel(cli: Any) -> None:
    """A day's import and export are summed; it is a day that has been published."""
    day = datetime.now(UTC).date() - timedelta(days=4)
    lines = cli("usage", "demo", "--from", f"{day}", "--to", f"{day + timedelta(days=1)}").out.splitlines()

    assert lines[0] == "day\tchannel\tenergy\tcost\tcovered"
    assert {line.split("\t")[1] for line in lines[1:]} == {"import", "export"}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_history_saves_a_day_of_every_device(cli: Any, own_folders: Path, ending: str) -> None:
    """288 five-minute rows for each of four devices, in time order."""
    file = own_folders / f"day.{ending}"

    shown = cli("history", "demo", "-o", str(file))
    rows = _rows(file)

    assert shown.code == 0
    assert len(rows) == 4 * 288
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    assert {row["role"] for row in rows} == {"inverter", "battery", "meter", "ev_charger"}


def _rows(file: Path) -> list[dict[str, Any]]:
    if file.suffix == ".csv":
        return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    parquet = pytest.importorskip("pyarrow.parquet")
    table: Any = parquet.read_table(file)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def test_an_unknown_file_format_is_refused_and_leaves_nothing(cli: Any, own_folders: Path) -> None:
    """The ending names the format; a wrong one is a usage error."""
    shown = cli("history", "demo", "-o", str(own_folders / "day.xlsx"))

    assert shown.code == 2
    assert ".csv" in shown.err
    assert not list(own_folders.glob("day*"))


def test_emulate_serves_what_it_prints() -> None:
    """The printed credentials and options reach the emulator from another process."""
    command = [sys.executable, "-m", "openpower", "emulate", "alphaess", "--minutes", "0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline().strip() for _ in range(5)]
        settings = dict(line.removeprefix("export ").split("=", 1) for line in lines[2:4])
        status = lines[4].split()
        done = subprocess.run(
            [sys.executable, "-m", *status],
            env={**_environment(), **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        server.terminate()

    assert done.returncode == 0, done.stderr
    assert "Battery" in done.stdout


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)


def test_a_provider_without_an_emulator_says_so(cli: Any) -> None:
    """The simulated home is one itself."""
    assert cli("emulate", "demo").code == 2


@pytest.mark.parametrize("typed", ["prices demo", "charge --help"])
def test_a_closed_pipe_ends_quietly(typed: str) -> None:
    """``openpower … | head -1`` prints its line and no complaint, and ends well."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m openpower {typed} | head -1; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.count("\n") == 2
    assert done.stdout.endswith("\n0\n")
    assert done.stderr == ""
