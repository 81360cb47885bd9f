"""What is remembered across restarts, what is not written down, and what a damaged file leads to."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from openpower_core.clock import ManualClock
from openpower_core.errors import ConfigurationError, RequestError, WriteBudgetExhausted
from openpower_core.write import MemoryStore, SQLiteStore, read_audit
from openpower_core.write.sqlite import Database
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE = "openpower-writes.sqlite3"
SERIAL = "AL70110230300001"
FORMAT_1 = """
CREATE TABLE entries (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, box TEXT NOT NULL,
    document TEXT NOT NULL, budget TEXT NOT NULL, at REAL NOT NULL, counts INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX entries_by_document ON entries (box, document, number);
CREATE INDEX entries_by_budget ON entries (box, budget, at);
CREATE TABLE points (box TEXT NOT NULL, document TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (box, document));
CREATE TABLE leases (box TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE audit (number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, line TEXT NOT NULL);
INSERT INTO entries VALUES (1, 'x', 'toy:AL…0001:0123456789abcdef', 'page', 'page', 1785585600.0, 1, '{}');
INSERT INTO points VALUES ('toy:AL…0001:0123456789abcdef', 'page', '{}');
INSERT INTO audit VALUES (1, 1785585600.0, '{"at":"2026-08-01T12:00:00+00:00","outcome":"accepted"}');
PRAGMA user_version = 1;
"""


async def test_the_budget_survives_a_restart(make_harness: Callable[..., Any], tmp_path: Path) -> None:
    """One write a day, also after a restart."""
    limits = evolve(make_harness().document.limits, per_day=1)
    harness = make_harness(state_dir=tmp_path, limits=limits)
    first = await harness.write(window="22-06")
    harness.start()

    with pytest.raises(WriteBudgetExhausted) as caught:
        await harness.write(window="23-06")
    assert caught.value.retry_at == first.at + timedelta(days=1)
    assert caught.value.receipt is not None
    assert caught.value.receipt.state is WriteState.HELD


async def test_a_receipt_can_be_confirmed_after_a_restart(kept: Any) -> None:
    """From the state folder."""
    receipt = await kept.write(window="22-06")
    kept.start()

    assert (await kept.confirm(receipt)).state is WriteState.CONFIRMED


async def test_without_a_state_folder_a_receipt_is_forgotten(harness: Any) -> None:
    """The error names ``state_dir=``."""
    receipt = await harness.write(window="22-06")
    harness.memory = MemoryStore()
    harness.start()

    with pytest.raises(RequestError, match="state_dir="):
        await harness.confirm(receipt)


async def test_a_command_can_be_released_after_a_restart(kept: Any) -> None:
    """Including flags that cannot be read."""
    kept.vendor.page = evolve(kept.vendor.page, window="01-05", flag=True)
    await kept.write(flag=True, operation="apply_settings")
    await kept.command(window="22-06")
    kept.start()

    await kept.release(confirm="readback")

    assert kept.vendor.current_now().window == "01-05"
    assert kept.vendor.current_now().flag is True


async def test_the_same_write_after_a_restart_sends_nothing(kept: Any) -> None:
    """The applied state is remembered."""
    await kept.write(window="22-06", flag=True)
    kept.start()

    assert (await kept.write(window="22-06", flag=True)).state is WriteState.UNCHANGED


async def test_no_whole_serial_is_in_the_file(kept: Any) -> None:
    """A keyed hash names the box; what native calls and receipts say of the serial is shortened in the audit."""
    await kept.command(window="22-06")
    await kept.native(lambda: None)
    kept.writer.store.close()
    raw = b"".join(path.read_bytes() for path in kept.state_dir.iterdir())
    kept.start()

    assert SERIAL.encode() not in raw
    assert "AL…0001".encode() in raw


def test_two_folders_name_a_box_differently(kept: Any, tmp_path: Path) -> None:
    """From a state folder a serial cannot be looked up in a table, nor recognised in another folder."""
    store, other = SQLiteStore(tmp_path / "a"), SQLiteStore(tmp_path / "b")

    assert store.box(kept.info) == SQLiteStore(tmp_path / "a").box(kept.info)
    assert store.box(kept.info) != other.box(kept.info)


def test_a_folder_of_the_first_format_opens(kept: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Its audit is kept; its restore points, which name boxes in another way, are forgotten, and that is logged."""
    kept.state_dir.mkdir()
    db = sqlite3.connect(kept.state_dir / FILE)
    db.executescript(FORMAT_1)
    db.close()

    kept.writer.store.box(kept.info)
    assert kept.writer.store.audit() == [{"number": 1, "at": "2026-08-01T12:00:00+00:00", "outcome": "accepted"}]
    assert kept.writer.store.points() == []
    assert "restore points are discarded" in caplog.text


async def test_the_audit_tells_every_write(kept: Any) -> None:
    """One line each for what was sent, seen, postponed and refused, in order, as JSON."""
    receipt = await kept.write(reserve=17, operation="apply_settings")
    await kept.confirm(receipt)
    await kept.write(reserve=17, operation="apply_settings")
    kept.start()

    lines = kept.writer.store.audit()
    assert [line["outcome"] for line in lines] == ["sending", "accepted", "confirmed"]
    assert lines[0]["device"] == "AL…0001/battery"
    assert lines[0]["operation"] == "apply_settings"
    assert lines[0]["adjustments"][0]["got"] == 15
    assert lines[0]["calls"][0]["arguments"]["sysSn"] == "AL…0001"
    assert lines[0]["id"] == receipt.id
    json.dumps(lines)


async def test_a_folder_s_audit_is_read_without_a_connection(kept: Any, tmp_path: Path) -> None:
    """The lines of all providers; what is not there is empty, and reading makes neither folder nor file."""
    await kept.write(reserve=17, operation="apply_settings")
    empty = tmp_path / "empty"
    empty.mkdir()

    assert read_audit(kept.state_dir) == kept.writer.store.audit()
    assert read_audit(tmp_path / "nowhere") == read_audit(empty) == []
    assert not (tmp_path / "nowhere").exists()
    assert not list(empty.iterdir())


@pytest.mark.parametrize("damage", ["garbage", "page", "row"])
async def test_a_damaged_file_stops_writes_and_is_left_alone(kept: Any, damage: str) -> None:
    """The error names the file and the remedy; nothing is sent, and not a byte is changed."""
    await kept.command(window="22-06")
    kept.writer.store.close()
    file = kept.state_dir / FILE
    _damage(file, damage)
    before = file.read_bytes()
    kept.start()

    with pytest.raises(ConfigurationError) as caught:
        await kept.write(window="23-06")
    assert str(file) in str(caught.value)
    assert "Move the file away" in str(caught.value)
    assert len(kept.sent) == 1
    kept.writer.store.close()
    assert damage == "row" or file.read_bytes() == before


def _damage(file: Path, how: str) -> None:
    if how == "garbage":
        file.write_bytes(b"not a database at all" * 500)
    elif how == "page":
        data = bytearray(file.read_bytes())
        data[4096:8192] = b"\xff" * 4096
        file.write_bytes(data)
    else:
        db = sqlite3.connect(file)
        db.execute("UPDATE entries SET data = '{\"id\": 1}'")
        db.commit()
        db.close()


@pytest.mark.parametrize("clean", [True, False])
async def test_only_after_an_unclean_end_the_file_is_checked(
    kept: Any, monkeypatch: pytest.MonkeyPatch, *, clean: bool
) -> None:
    """A process that died in a transaction left its journal; the whole file is read then, and never else."""
    await kept.command(window="22-06")
    kept.writer.store.close()
    if not clean:
        (kept.state_dir / f"{FILE}-journal").touch()
    statements: list[str] = []
    connect = sqlite3.connect

    def traced(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(statements.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    kept.start()
    await kept.release()

    assert any("quick_check" in each for each in statements) is not clean
    assert len(statements) > 3


async def test_a_file_of_a_newer_openpower_is_refused(kept: Any) -> None:
    """It might mean something else by its tables."""
    await kept.write(window="22-06")
    kept.writer.store.close()
    db = sqlite3.connect(kept.state_dir / FILE)
    db.execute("PRAGMA user_version = 99")
    db.close()
    kept.start()

    with pytest.raises(ConfigurationError, match="another version"):
        await kept.write(window="23-06")


def test_a_state_dir_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """Before anything else."""
    (tmp_path / "x").write_text("")

    with pytest.raises(ConfigurationError, match="is a file"):
        SQLiteStore(tmp_path / "x")


async def test_a_folder_that_cannot_be_made_is_explained(
    flavour: str, tmp_path: Path, make_harness: Callable[..., Any]
) -> None:
    """Nothing is sent without a record of it."""
    (tmp_path / "x").write_text("")
    harness = make_harness(state_dir=tmp_path / "x" / "y")

    with pytest.raises(ConfigurationError, match="cannot be used"):
        await harness.write(window="22-06")
    assert harness.sent == []


async def test_the_file_is_only_its_owner_s(kept: Any) -> None:
    """Receipts show when someone is at home."""
    await kept.write(window="22-06")

    assert (kept.state_dir / FILE).stat().st_mode & 0o077 == 0


async def test_history_is_pruned_by_count_and_never_by_the_clock(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file does not grow forever, the applied state is still known, and a clock that jumps deletes nothing new."""
    monkeypatch.setattr("openpower_core.write.sqlite.KEEP_ENTRIES", 10)
    monkeypatch.setattr("openpower_core.write.sqlite.KEEP_AUDIT", 20)
    monkeypatch.setattr("openpower_core.write.sqlite.PRUNE_EVERY", 5)
    for count in range(40):
        await kept.write(reserve=10 + 5 * (count % 5), flag=True)
        kept.clock.jump(timedelta(days=3650) * (-1) ** count)
    await kept.native(lambda: None, budget="other")

    rows = kept.writer.store._database.rows("SELECT document FROM entries")
    assert 10 <= len(rows) <= 10 + 5 + 2
    lines = kept.writer.store.audit()
    assert 20 <= len(lines) <= 20 + 5 * 3
    assert [line["number"] for line in lines] == sorted(line["number"] for line in lines)
    assert lines[-1]["operation"] == "set_page"


async def test_the_audit_is_read_page_by_page(kept: Any) -> None:
    """The newest lines, and those before them."""
    for reserve in (15, 20, 25):
        await kept.write(reserve=reserve)
    whole = kept.writer.store.audit()

    last = kept.writer.store.audit(limit=2)
    earlier = kept.writer.store.audit(limit=2, before=last[0]["number"])

    assert [*earlier, *last] == whole[-4:]
    assert read_audit(kept.state_dir, limit=2) == last


def test_connections_of_one_account_share_memory() -> None:
    """So that a second connection of the process has the same budget."""
    assert MemoryStore.of("toy|x") is MemoryStore.of("toy|x")
    assert MemoryStore.of("toy|x") is not MemoryStore.of("toy|y")
    clock = ManualClock(datetime(2026, 8, 1, tzinfo=UTC))
    assert MemoryStore.of("toy|x", clock) is MemoryStore.of("toy|x", clock)
    assert MemoryStore.of("toy|x", clock) is not MemoryStore.of("toy|x")


def test_a_forgotten_store_closes_its_file(tmp_path: Path) -> None:
    """Python 3.13 warns of unclosed connections; a script that ends without closing should not see that."""
    database = Database(tmp_path / "state.sqlite3")
    with database.transaction() as connection:
        pass

    del database
    gc.collect()

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


@pytest.mark.parametrize("history", [1, 50])
async def test_a_write_takes_three_transactions(kept: Any, monkeypatch: pytest.MonkeyPatch, history: int) -> None:
    """To take the lease, to record the intent, and to record the result with which the lease is returned."""
    for count in range(history):
        await kept.write(reserve=10 + 5 * (count % 2))
    kept.writer.releases = True
    monkeypatch.setattr(kept.writer._releaser.background, "wake", lambda: None)  # which looks at its own pace
    used: list[str] = []
    for name in ("transaction", "rows"):
        original = getattr(Database, name)

        def counted(database: Any, *values: Any, _original: Any = original, _name: str = name, **options: Any) -> Any:
            used.append(_name)
            return _original(database, *values, **options)

        monkeypatch.setattr(Database, name, counted)

    assert (await kept.write(reserve=30)).state is WriteState.ACCEPTED
    assert used == ["transaction"] * 3
    used.clear()
    assert (await kept.command(window="22-06")).state is WriteState.ACCEPTED
    assert used == ["transaction"] * 3
    used.clear()
    assert (await kept.write(reserve=30)).state is WriteState.UNCHANGED
    assert used == ["transaction"] * 2


@pytest.mark.parametrize("flavour", ["async"], indirect=True)
async def test_another_holder_of_the_file_stalls_no_event_loop(kept: Any) -> None:
    """Whatever needs the state folder waits in a thread, from the first look into it to its closing."""
    await kept.write(window="01-05")
    await asyncio.to_thread(kept.writer.store.close)
    kept.releases = None
    gaps: list[float] = []

    async def tick() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - last)
            last = time.monotonic()

    ticking = asyncio.create_task(tick())
    receipt = await kept.write(window="02-05")
    for operation in (
        lambda: kept.command(window="22-06", dry_run=True),
        lambda: kept.command(window="22-06"),
        lambda: kept.confirm(receipt),
        lambda: kept.writer.active_command(kept.info),
        lambda: kept.writer.supervise(),  # noqa: PLW0108
        lambda: kept.native(lambda: None),
        lambda: kept.writer.discard(kept.info),
        kept.release,
        lambda: kept.writer.release_due(),  # noqa: PLW0108 - of the writer that there is by then
        lambda: kept.writer.aclose(),  # noqa: PLW0108
    ):
        kept.start()  # which knows neither the file nor the box's name yet
        with closing(sqlite3.connect(kept.state_dir / FILE, isolation_level=None, check_same_thread=False)) as other:
            other.execute("BEGIN EXCLUSIVE")
            threading.Timer(0.4, other.execute, ("COMMIT",)).start()
            await operation()
    ticking.cancel()

    assert len(gaps) > 100
    assert max(gaps) < 0.2
