"""``openpower history`` takes what the hub has recorded, says so, and asks the vendor for the rest."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hub_history import sqlite_in

from openpower import connect
from openpower.cli.app import run
from openpower_core.devices.roles import Role
from openpower_core.readings import BatteryReading, MeterReading, Stamp
from openpower_hub.history.cells import to_ms
from openpower_hub.history.database import Database, Device
from openpower_hub.history.rows import sample_of
from openpower_hub.names import device_key

YESTERDAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
SPAN = ("--from", f"{YESTERDAY:%Y-%m-%d}", "--to", f"{YESTERDAY + timedelta(days=1):%Y-%m-%d}")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of its own; the home is where it is UTC."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENPOWER_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("OPENPOWER_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("OPENPOWER_HISTORY_URL", raising=False)
    return tmp_path


def record(database: Database, role: Role, watts: float, *, minutes: int = 1440, offset_min: int = 0) -> None:
    """A day of a device, read every minute."""
    with connect("demo") as connection:
        info = next(each.info for each in connection.devices() if each.info.role is role)
    device = Device(key=device_key(info), home="home", role=role, provider="demo", tz="UTC")
    kind = MeterReading if role is Role.METER else BatteryReading
    times = [YESTERDAY + timedelta(minutes=offset_min + minute) for minute in range(minutes)]
    samples = [
        sample_of(role, kind(stamp=Stamp(received_at=at), power_w=watts), at, timedelta(minutes=2)) for at in times
    ]
    database.write([(device, samples)])
    database.roll(to_ms(YESTERDAY + timedelta(days=1, minutes=5)))


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The command line, in this process."""
    code = run(["history", "demo", *SPAN, *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_what_the_hub_recorded_is_taken(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A meter at 500 W the whole day is 12 kWh, which no simulated home is; the other devices are the vendor's."""
    database = sqlite_in(state)
    record(database, Role.METER, 500)
    database.close()
    code, out, _ = command(capsys, "--json")
    flows = {each["role"]: each for each in json.loads(out)["flows"] if each["figure"] == "power_w"}
    _, _, said = command(capsys)

    assert code == 0
    assert flows["meter"]["import_kwh"] == pytest.approx(12, abs=0.05)
    assert set(flows) == {"meter", "battery", "ev_charger"}
    assert json.loads(out)["recorded"] == 288
    assert "note: from the history of openpower run; 3 devices from their vendor." in said


def test_a_file_has_every_reading(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same rows and columns as of a vendor's series: what the hub read, minute by minute."""
    pyarrow: Any = pytest.importorskip("pyarrow.parquet")
    database = sqlite_in(state)
    record(database, Role.METER, 500)
    database.close()
    command(capsys, "-o", "day.parquet")
    table = pyarrow.read_table(state / "day.parquet").to_pylist()
    meter = [row for row in table if row["role"] == "meter"]

    assert len(meter) == 1440
    assert {row["power_w"] for row in meter} == {500.0}
    assert {row["quality"] for row in meter} == {"live"}
    assert len({row["device"] for row in table}) == 4


@pytest.mark.parametrize("offset_min", [0, 120])
def test_a_part_is_not_enough(state: Path, capsys: pytest.CaptureFixture[str], offset_min: int) -> None:
    """Half a day is missing: the vendor has all of it."""
    database = sqlite_in(state)
    record(database, Role.METER, 500, minutes=720, offset_min=offset_min)
    database.close()
    _, out, said = command(capsys, "--json")

    assert json.loads(out)["recorded"] == 0
    assert said == ""


def test_without_a_hub_the_vendor_is_asked(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And no history is begun."""
    code, out, _ = command(capsys, "--json")

    assert (code, json.loads(out)["recorded"]) == (0, 0)
    assert not (state / "history.sqlite").exists()


def test_a_history_that_cannot_be_read_is_said(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In one line; the vendor is asked."""
    database = sqlite_in(state)
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE openpower_schema SET version = 99")
    database.close()
    code, out, said = command(capsys, "--json")

    assert code == 0
    assert json.loads(out)["recorded"] == 0
    assert "newer openpower" in said
    assert said.count("\n") == 1


def test_a_month_is_means_of_five_minutes(state: Path) -> None:
    """Of longer times not every reading is loaded."""
    from openpower_hub.history.past import recorded

    database = sqlite_in(state)
    record(database, Role.METER, -250)
    database.close()
    with connect("demo") as connection:
        info = next(each.info for each in connection.devices() if each.info.role is Role.METER)
    (readings,) = recorded([info], YESTERDAY, YESTERDAY + timedelta(days=1), every=False).values()
    (none,) = [recorded([info], YESTERDAY - timedelta(days=30), YESTERDAY + timedelta(days=1), every=True)]

    assert none == {}
    assert len(readings) == 288
    assert isinstance(readings[7], MeterReading)
    assert readings[7].power_w == -250
    start = YESTERDAY + timedelta(minutes=35)
    assert readings[7].stamp.interval == (start, start + timedelta(minutes=5))
    assert attrs.asdict(readings[7])["import_energy"] is None


def test_the_sql_of_the_documentation_works(state: Path) -> None:
    """Every query of the page, on a day of 500 W: 12 kWh, known all day."""
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "history.md").read_text(encoding="utf-8")
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    database = sqlite_in(state)
    record(database, Role.METER, 500)
    record(database, Role.BATTERY, 0)
    database.close()
    with closing(sqlite3.connect(state / "history.sqlite")) as connection:
        found = [connection.execute(query).fetchall() for query in queries]

    assert found[0][0] == (f"{YESTERDAY:%Y-%m-%d}", 12.0, 0.0, 100.0)
    assert [len(rows) for rows in found[1:]] == [10]
