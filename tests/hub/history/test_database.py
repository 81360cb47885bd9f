"""What is written is what is read, in SQLite and in PostgreSQL, and what cannot be used is said in one line."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
from hub_history import BATTERY, METER, START, figure, ms, sample, sqlite_in
from sqlalchemy import URL, text

from openpower_core.devices.roles import Role
from openpower_core.errors import ConfigurationError, ServiceUnavailable
from openpower_core.readings import BatteryReading, EnergyCounter, Quality, Reading
from openpower_hub.config import HistoryConfig
from openpower_hub.history.cells import DAY, HOUR, MINUTE, Counter, Power, to_ms, to_time
from openpower_hub.history.database import Database
from openpower_hub.history.rows import reading_of
from openpower_hub.history.store import location
from openpower_hub.history.tables import VERSION

POWER, TOTAL = figure("power_w"), figure("charge_energy_total_kwh")


def readings(database: Database, first_s: int = 0, last_s: int = 10**7) -> list[Reading]:
    """What is kept of the battery."""
    return [reading_of(Role.BATTERY, row) for row in database.readings(BATTERY.key, ms(first_s), ms(last_s))]


def test_a_reading_comes_back(database: Database) -> None:
    """Its figures to the digit that is kept, None where unknown, and the same again if it is written twice."""
    kept = sample(60, power_w=-1234, soc_pct=567, charge_energy_total_kwh=123_456)
    for _ in range(2):
        database.write([(BATTERY, [kept])])
    (found,) = readings(database)

    assert isinstance(found, BatteryReading)
    assert (found.power_w, found.soc_pct, found.temperature_c) == (-1234, 56.7, None)
    assert found.charge_energy == EnergyCounter(total_kwh=1234.56)
    assert found.discharge_energy is None
    assert found.stamp.measured_at == START + timedelta(seconds=60)
    assert found.stamp.quality is Quality.LIVE


def test_a_vendors_series_never_replaces_what_was_read(database: Database) -> None:
    """And says where it is from: it stands for an interval."""
    database.write([(BATTERY, [sample(0, power_w=100)])])
    database.write([(BATTERY, [sample(0, 300, origin=1, power_w=999), sample(300, 300, origin=1, power_w=200)])])
    first, second = readings(database)

    assert isinstance(first, BatteryReading)
    assert isinstance(second, BatteryReading)
    assert (first.power_w, first.stamp.interval) == (100, None)
    assert second.power_w == 200
    assert second.stamp.interval == (START + timedelta(minutes=5), START + timedelta(minutes=10))


def test_the_running_cell_is_shown_up_to_now(database: Database) -> None:
    """What no cell has yet is made of readings, up to now and no further."""
    database.write([(BATTERY, [sample(s, power_w=600) for s in range(0, 450, 10)])])
    database.roll(ms(450))
    cells = database.series(BATTERY.key, POWER, ms(0), ms(3600), HOUR, ms(450))

    assert cells == [(ms(0), ms(3600), Power(450_000, 600 * 450_000, 600, 600, 600, 600 * 450_000))]
    assert database.series(BATTERY.key, POWER, ms(0), ms(450), 5 * MINUTE, ms(445))[1][2].ms == 145_000  # type: ignore[union-attr]


def test_a_counter_counts_over_a_gap(database: Database) -> None:
    """An hour without readings: no five minutes know of its energy, the day does."""
    known = [(0, 1000), (10, 1001), (3600, 1200), (3610, 1201)]
    database.write([(BATTERY, [sample(s, charge_energy_total_kwh=value) for s, value in known])])
    database.roll(ms(7200))
    short = database.series(BATTERY.key, TOTAL, ms(0), ms(7200), 5 * MINUTE, ms(7200))
    (day,) = database.series(BATTERY.key, TOTAL, ms(0), ms(7200), DAY, ms(7200))

    assert [part for _, _, part in short] == [Counter(1000, 1001, 1), Counter(1200, 1201, 1)]
    assert day[2] == Counter(1000, 1201, 201)


def test_old_readings_go_and_cells_stay(database: Database) -> None:
    """A day at a time; what no cell has is never deleted."""
    days = 5
    database.write([(BATTERY, [sample(s, 1200, power_w=s // 600) for s in range(0, days * 86_400, 600)])])
    assert not database.prune(ms(days * 86_400))
    assert len(readings(database)) == days * 144

    database.roll(ms(days * 86_400))
    before = database.series(BATTERY.key, POWER, ms(0), ms(days * 86_400), DAY, ms(days * 86_400))
    turns = 1
    while database.prune(ms(3 * 86_400)):
        turns += 1
    kept = readings(database)

    assert turns == 3
    assert min(each.stamp.received_at for each in kept) == START + timedelta(days=3)
    assert database.series(BATTERY.key, POWER, ms(0), ms(days * 86_400), DAY, ms(days * 86_400)) == before
    database.roll(ms(days * 86_400))
    assert database.series(BATTERY.key, POWER, ms(0), ms(days * 86_400), DAY, ms(days * 86_400)) == before


def test_a_home_may_get_another_name(database: Database) -> None:
    """The device keeps its past."""
    database.write([(BATTERY, [sample(0, power_w=1)])])
    database.write([(attrs.evolve(BATTERY, home="haus"), [sample(10, power_w=2)])])

    assert [each.home for each in database.devices().values()] == ["haus"]
    assert len(readings(database)) == 2


def test_devices_do_not_mix(database: Database) -> None:
    """Another device of the same times has its own cells, and an unknown one has none."""
    database.write([(BATTERY, [sample(0, power_w=1)])])
    database.write([(METER, [attrs.evolve(sample(0), values={"power_w": 7})])])
    grid = figure("power_w", Role.METER)

    assert database.series(METER.key, grid, ms(0), ms(60), HOUR, ms(5))[0][2].last == 7
    assert database.series(BATTERY.key, grid, ms(0), ms(60), HOUR, ms(5)) == []
    assert database.series("nobody", grid, ms(0), ms(60), HOUR, ms(5)) == []


def test_all_or_nothing(database: Database) -> None:
    """A write of which a part fails leaves nothing, and the next one works."""
    database.devices()
    with pytest.raises(ServiceUnavailable, match="cannot be used"):
        database.write(
            [(BATTERY, [sample(0, power_w=1)])], receipts=[(BATTERY, {"seen_at": 1, "id": "1", "state": "x"})]
        )
    assert database.devices() == {}
    database.write([(BATTERY, [sample(0, power_w=1)])])

    assert len(readings(database)) == 1


def test_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    """In one line, with the remedy."""
    with database.transaction() as connection:
        connection.execute(text(f"UPDATE openpower_schema SET version = {VERSION + 1}"))
    database.close()
    with pytest.raises(ConfigurationError, match="was made by a newer openpower") as refused:
        database.write([(BATTERY, [sample(0, power_w=1)])])

    assert "\n" not in str(refused.value)
    assert "Upgrade openpower" in str(refused.value)


def test_a_figure_that_is_new_gets_its_columns(database: Database) -> None:
    """A history of before this figure is used as it is."""
    database.write([(BATTERY, [sample(0, power_w=5)])])
    with database.transaction() as connection:
        connection.execute(text("ALTER TABLE readings_battery DROP COLUMN soh_pct"))
        connection.execute(text("ALTER TABLE cells_battery DROP COLUMN soh_pct_sum"))
    database.close()
    database.write([(BATTERY, [sample(10, power_w=6, soh_pct=990)])])

    assert [getattr(each, "soh_pct", 0) for each in readings(database)] == [None, 99.0]


def test_a_file_that_is_no_history(tmp_path: Path) -> None:
    """It is left as it is, and said in one line."""
    (tmp_path / "history.sqlite").write_text("no database at all " * 100)
    with pytest.raises(ServiceUnavailable, match="file is not a database"):
        sqlite_in(tmp_path).devices()
    assert (tmp_path / "history.sqlite").read_text().startswith("no database")


def test_a_file_is_for_its_owner(tmp_path: Path) -> None:
    """Nobody else reads when people are at home."""
    database = sqlite_in(tmp_path / "state")
    database.write([(BATTERY, [sample(0, power_w=1)])])
    modes = {each.name: each.stat().st_mode & 0o777 for each in (tmp_path / "state").iterdir()}
    database.close()

    assert set(modes.values()) == {0o600}
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_whoever_reads_does_not_wait_for_the_writer(tmp_path: Path) -> None:
    """Another process, such as openpower history, reads while a transaction is open."""
    writer, reader = sqlite_in(tmp_path), sqlite_in(tmp_path)
    writer.write([(BATTERY, [sample(0, power_w=1)])])
    with writer.transaction() as connection:
        connection.execute(text("DELETE FROM readings_battery"))

        assert len(readings(reader)) == 1
    assert readings(reader) == []
    writer.close()
    reader.close()


@pytest.mark.parametrize(
    ("url", "words"), [("postgresql://openpower:pa55@db/openpower", "holds a password"), ("nonsense", "cannot be read")]
)
def test_where_it_is_kept(url: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong URL is refused without repeating it, and the environment goes first."""
    monkeypatch.delenv("OPENPOWER_HISTORY_URL", raising=False)
    with pytest.raises(ConfigurationError, match=words) as refused:
        location(HistoryConfig(url=url))
    assert "pa55" not in str(refused.value)

    monkeypatch.setenv("OPENPOWER_HISTORY_URL", "postgresql://openpower:secret@db/openpower")
    assert location(HistoryConfig(url=url)).drivername == "postgresql+psycopg"
    assert "secret" not in Database(location(HistoryConfig())).name


def test_another_kind_of_database_is_refused() -> None:
    """With those that are taken."""
    with pytest.raises(ConfigurationError, match="postgresql"):
        Database(URL.create("mysql")).devices()


def test_an_unreachable_server_is_one_line(tmp_path: Path) -> None:
    """Which names no password."""
    url = URL.create("postgresql+psycopg", "openpower", "secret", database="x", query={"host": str(tmp_path)})
    with pytest.raises(ServiceUnavailable, match="cannot be used") as failed:
        Database(url).devices()

    assert "\n" not in str(failed.value)
    assert "secret" not in str(failed.value)


def test_the_file_is_plain_sqlite(tmp_path: Path) -> None:
    """Anybody can read it with SQL, in the units that the documentation says."""
    database = sqlite_in(tmp_path)
    database.write([(BATTERY, [sample(0, power_w=1500, soc_pct=805)])])
    database.close()
    with sqlite3.connect(tmp_path / "history.sqlite") as connection:
        rows = connection.execute("SELECT at, power_w, soc_pct / 10.0 FROM readings_battery").fetchall()
    connection.close()

    assert rows == [(to_ms(START), 1500, 80.5)]
    assert to_time(rows[0][0]) == START


def test_a_lost_connection_is_made_again(postgresql: URL) -> None:
    """PostgreSQL was restarted, or an administrator ended the connection: the next call has another one."""
    first, other = Database(postgresql), Database(postgresql)
    first.write([(BATTERY, [sample(0, power_w=1)])])
    with other.transaction() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'openpower'"
            )
        )
    first.write([(BATTERY, [sample(10, power_w=2)])])
    found = readings(first)
    first.close()
    other.close()

    assert len(found) == 2


def test_cells_of_a_wrong_clock_do_not_count_as_made(database: Database) -> None:
    """The clock said 2040 for a while: readings of now are still made into cells, once."""
    year = 14 * 366 * 86_400
    database.write([(BATTERY, [sample(year, power_w=9)])], now=ms(year))
    database.roll(ms(year + 600))
    for second in range(0, 600, 10):
        database.write([(BATTERY, [sample(second, power_w=100)])], now=ms(second))
    database.roll(ms(600))
    cells = database.series(BATTERY.key, POWER, ms(0), ms(600), 5 * MINUTE, ms(600))

    assert [(start, part.ms) for start, _, part in cells] == [(ms(0), 300_000), (ms(300), 300_000)]  # type: ignore[union-attr]
    stored = database.cells(BATTERY.key, ms(0), ms(600))
    assert len(stored) == 2
