"""The store of writes on SQLite: one file in the state folder, or the same tables in memory."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import weakref
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

import attrs

from openpower_core.capabilities import WriteLimits
from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.convert import structure
from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import BadResponse, ConfigurationError
from openpower_core.secrets import mask
from openpower_core.waiting import Lock
from openpower_core.write.store import (
    Entry,
    Holder,
    RestorePoint,
    Stage,
    WriteStore,
    allowed_at,
    as_text,
    holder,
    is_over,
)

if TYPE_CHECKING:
    from openpower_core.connection.context import Context

T = TypeVar("T")

FILE_NAME: Final = "openpower-writes.sqlite3"
VERSION: Final = 2
KEEP_ENTRIES: Final = timedelta(days=30)
KEEP_AUDIT: Final = timedelta(days=400)

_log = logging.getLogger("openpower.write")

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    box TEXT NOT NULL,
    document TEXT NOT NULL,
    budget TEXT NOT NULL,
    at REAL NOT NULL,
    counts INTEGER NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_document ON entries (box, document, number);
CREATE INDEX IF NOT EXISTS entries_by_budget ON entries (box, budget, at);
CREATE INDEX IF NOT EXISTS entries_by_time ON entries (at);
CREATE TABLE IF NOT EXISTS points (
    box TEXT NOT NULL,
    document TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (box, document)
);
CREATE TABLE IF NOT EXISTS leases (box TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS audit (number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, line TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS audit_by_time ON audit (at);
CREATE TABLE IF NOT EXISTS naming (key BLOB NOT NULL);
INSERT INTO naming VALUES (randomblob(16))
"""


class Database:
    """One file, or memory without a path: opened on first use, changed in transactions, and never deleted.

    A rollback journal rather than WAL: it needs no shared memory, so that it works on every file system,
    and with full synchronisation a transaction is on the disk, whole, or not at all.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = Lock(brief=True)  # SQLite's own locks, which a child inherits, are free whenever this one is
        self._connection: sqlite3.Connection | None = None
        self._pid = os.getpid()
        self._let_go: weakref.finalize[Any, Any] | None = None

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Run statements in one transaction, exclusive among all processes."""
        with self._lock, self._explained():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        """Read without changing anything."""
        with self._lock, self._explained():
            return self._open().execute(statement, values).fetchall()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._let_go is not None:
                self._let_go()
            self._connection = self._let_go = None

    def damaged(self, why: object) -> ConfigurationError:
        """The error for a file that cannot be used, with the remedy."""
        return ConfigurationError(
            f"the write state in {self.path} cannot be read ({why}); nothing was sent, and the file was left as it is.",
            hint=(
                "Move the file away to start afresh. Restore points and the count of today's writes are "
                "then lost, so check in the vendor's app whether a command is still active."
            ),
        )

    def _open(self) -> sqlite3.Connection:
        forked = self.path is not None and self._pid != os.getpid()
        if self._connection is not None and not forked:
            return self._connection
        # After a fork the parent's connection must not be touched: it is left behind, not closed.
        self._pid = os.getpid()
        if self.path is not None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path or ":memory:", timeout=10.0, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        # From Python 3.13 on, an unclosed connection warns; users who forget to close a home should not see that.
        self._let_go = weakref.finalize(self, _close, connection, self._pid)
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        # The number is how many errors it lists: one is enough to know.
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise self.damaged(verdict)
        if _version(connection) < VERSION:
            _upgrade(connection)
            if self.path is not None:
                self.path.chmod(0o600)
        if (found := _version(connection)) != VERSION:
            raise ConfigurationError(
                f"the write state in {self.path} was made by another version of openpower "
                f"(its format is {found}, this one knows {VERSION}); nothing was sent.",
                hint="Upgrade openpower, or give this program another folder with state_dir=.",
            )

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:
            raise ConfigurationError(
                f"the write state in {self.path} cannot be used ({error}).",
                hint="Check that this folder exists, is writable and has room; state_dir= names another.",
            ) from error
        except sqlite3.DatabaseError as error:
            raise self.damaged(error) from error


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _upgrade(connection: sqlite3.Connection) -> None:
    """Create the tables; of two processes that try at once, the second finds them."""
    connection.execute("BEGIN IMMEDIATE")
    if (found := _version(connection)) < VERSION:
        if found:
            # Format 1 named boxes differently, so its entries cannot be assigned to them.
            if connection.execute("SELECT COUNT(*) FROM points").fetchone()[0]:
                _log.warning("The state folder was written by an older openpower: its restore points are discarded.")
            for table in ("entries", "points", "leases"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608  (the names stand in the line above)
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _close(connection: sqlite3.Connection, pid: int) -> None:
    if pid == os.getpid():
        connection.close()


class _Store:
    """A :class:`WriteStore` on SQLite, in a file or in memory."""

    def __init__(self, database: Database, identity: str) -> None:
        self._database = database
        self.identity = identity
        self._boxes: dict[tuple[str, str], str] = {}
        self._key = b""

    @property
    def durable(self) -> bool:
        return self._database.path is not None

    def box(self, info: DeviceInfo) -> str:
        found = self._boxes.get((info.provider, info.serial))
        if found is None:
            # A serial number is so short that its plain hash could be reversed by trying all of them.
            self._key = self._key or self._database.rows("SELECT key FROM naming")[0]["key"]
            digest = hashlib.blake2b(
                f"{info.provider}\0{info.serial}".encode(errors="surrogatepass"), key=self._key, digest_size=8
            )
            found = f"{info.provider}:{mask(info.serial)}:{digest.hexdigest()}"
            self._boxes[info.provider, info.serial] = found
        return found

    def acquire(self, box: str, now: datetime) -> tuple[Holder, bool]:
        lease = holder(now)
        with self._database.transaction() as db:
            # Looked up and replaced in one transaction: of two processes that find a dead holder, one takes over.
            found = db.execute("SELECT data FROM leases WHERE box = ?", (box,)).fetchone()
            if found is not None:
                other = self._made(Holder, found["data"])
                if not is_over(other, now):
                    return other, False
            db.execute("REPLACE INTO leases VALUES (?, ?)", (box, as_text(lease)))
        return lease, True

    def give_back(self, box: str, lease: Holder) -> None:
        with self._database.transaction() as db:
            if self._has_lease(db, box, lease):
                db.execute("DELETE FROM leases WHERE box = ?", (box,))

    def begin(self, entry: Entry, limits: WriteLimits, lease: Holder) -> datetime | None:
        with self._database.transaction() as db:
            if not self._has_lease(db, entry.box, lease):
                raise LookupError("another process has taken the lease over")
            times = self._times(db, entry.box, entry.budget, limits)
            if (later := allowed_at(times, limits, entry.at)) is not None:
                return later
            if not entry.document:
                self._unseat(db, entry)
            # Pruned here and not by a timer: what makes the tables grow keeps them small.
            self._prune(db, entry.at)
            db.execute(
                "INSERT INTO entries (id, box, document, budget, at, counts, data) VALUES (?, ?, ?, ?, ?, 1, ?)",
                (entry.id, entry.box, entry.document, entry.budget, entry.at.timestamp(), as_text(entry)),
            )
        return None

    def allowed_at(
        self, box: str, budget: str, limits: WriteLimits, now: datetime, *, also: datetime | None = None
    ) -> datetime | None:
        with self._database.transaction() as db:
            times = self._times(db, box, budget, limits)
        return allowed_at(times if also is None else [*times, also], limits, now)

    def finish(self, entry: Entry, *, audit: Mapping[str, Any] | None = None, counts: bool = True) -> None:
        with self._database.transaction() as db:
            self._update(db, entry)
            if not counts:
                db.execute("UPDATE entries SET counts = 0 WHERE id = ?", (entry.id,))
            newest = self._last(db, entry.box, entry.document, but=entry.id)
            # A late confirmation of an older write must not put its restore point over that of a newer one.
            if newest is None or not self._is_later(db, newest.id, entry.id):
                self._put_point(db, entry.box, entry.document, entry.point)
            if audit is not None:
                self._log(db, audit)

    def find(self, box: str, id: str) -> Entry | None:  # noqa: A002
        found = self._database.rows("SELECT data FROM entries WHERE id = ? AND box = ?", id, box)
        return self._made(Entry, found[0]["data"]) if found else None

    def last(self, box: str, document: str) -> Entry | None:
        with self._database.transaction() as db:
            return self._last(db, box, document)

    def point(self, box: str, document: str) -> RestorePoint | None:
        found = self._database.rows("SELECT data FROM points WHERE box = ? AND document = ?", box, document)
        return self._made(RestorePoint, found[0]["data"]) if found else None

    def points(self, box: str) -> dict[str, RestorePoint]:
        rows = self._database.rows("SELECT document, data FROM points WHERE box = ?", box)
        points = {row["document"]: self._made(RestorePoint, row["data"]) for row in rows}
        rows = self._database.rows("SELECT DISTINCT document FROM entries WHERE box = ?", box)
        for document in (row["document"] for row in rows):
            entry = self.last(box, document)
            # A write that is under way, or whose process died, has not settled yet which restore point is right. The
            # one that it would leave is offered meanwhile, so that a release finds something to do.
            if entry is None or entry.stage not in (Stage.INTENT, Stage.ACCEPTED):
                continue
            if (point := entry.point_after or entry.point_before) is not None:
                points[document] = point
        return points

    def change_point(self, box: str, document: str, point: RestorePoint | None) -> None:
        with self._database.transaction() as db:
            if (last := self._last(db, box, document)) is not None:
                self._update(db, _with_point(last, point))
            self._put_point(db, box, document, point)

    def log(self, line: Mapping[str, Any]) -> None:
        with self._database.transaction() as db:
            self._log(db, line)

    def audit(self) -> list[dict[str, Any]]:
        rows = self._database.rows("SELECT line FROM audit ORDER BY number")
        return [json.loads(row["line"]) for row in rows]

    def close(self) -> None:
        self._database.close()
        self._boxes.clear()
        self._key = b""

    # Statements inside a transaction:

    def _has_lease(self, db: sqlite3.Connection, box: str, lease: Holder) -> bool:
        found = db.execute("SELECT data FROM leases WHERE box = ?", (box,)).fetchone()
        return found is not None and self._made(Holder, found["data"]).token == lease.token

    def _times(self, db: sqlite3.Connection, box: str, budget: str, limits: WriteLimits) -> list[datetime]:
        """When the newest writes were made: as many as a day's budget, since earlier ones do not matter."""
        newest = max(limits.per_day or 0, 1)
        rows = db.execute(
            "SELECT at FROM entries WHERE box = ? AND budget = ? AND counts ORDER BY at DESC LIMIT ?",
            (box, budget, newest),
        )
        return [datetime.fromtimestamp(row["at"], UTC) for row in rows]

    def _update(self, db: sqlite3.Connection, entry: Entry) -> None:
        db.execute("UPDATE entries SET data = ? WHERE id = ?", (as_text(entry), entry.id))

    def _last(self, db: sqlite3.Connection, box: str, document: str, *, but: str = "") -> Entry | None:
        rows = db.execute(
            "SELECT data FROM entries WHERE box = ? AND document = ? AND id <> ? ORDER BY number DESC",
            (box, document, but),
        )
        entries = (self._made(Entry, row["data"]) for row in rows)
        return next((entry for entry in entries if entry.stage is not Stage.REJECTED), None)

    def _is_later(self, db: sqlite3.Connection, one: str, other: str) -> bool:
        numbers = [db.execute("SELECT number FROM entries WHERE id = ?", (id_,)).fetchone() for id_ in (one, other)]
        return all(numbers) and numbers[0]["number"] > numbers[1]["number"]

    def _unseat(self, db: sqlite3.Connection, native: Entry) -> None:
        """Our own writes no longer apply: a native write may have changed what they set."""
        rows = db.execute("SELECT data FROM entries WHERE box = ? AND budget = ?", (native.box, native.budget))
        for entry in [self._made(Entry, row["data"]) for row in rows]:
            if entry.stands:
                self._update(db, attrs.evolve(entry, stands=False))

    def _put_point(self, db: sqlite3.Connection, box: str, document: str, point: RestorePoint | None) -> None:
        if point is None:
            db.execute("DELETE FROM points WHERE box = ? AND document = ?", (box, document))
        else:
            db.execute("REPLACE INTO points VALUES (?, ?, ?)", (box, document, as_text(point)))

    def _log(self, db: sqlite3.Connection, line: Mapping[str, Any]) -> None:
        text = as_text(line)
        # Vendors repeat serial numbers in their messages, native calls contain them, and the audit is displayed.
        for _, serial in self._boxes:
            text = text.replace(json.dumps(serial)[1:-1], mask(serial)) if serial else text
        db.execute("INSERT INTO audit (at, line) VALUES (?, ?)", (line["at"].timestamp(), text))

    def _prune(self, db: sqlite3.Connection, now: datetime) -> None:
        """Delete old entries; the newest write of each document is kept whatever its age."""
        db.execute(
            "DELETE FROM entries WHERE at < ? AND number NOT IN"
            " (SELECT MAX(number) FROM entries GROUP BY box, document)",
            ((now - KEEP_ENTRIES).timestamp(),),
        )
        db.execute("DELETE FROM audit WHERE at < ?", ((now - KEEP_AUDIT).timestamp(),))

    def _made(self, kind: type[T], text: str) -> T:
        """Treat rows that make no sense as damage, like pages that make none."""
        try:
            return structure(kind, json.loads(text))
        except (ValueError, BadResponse) as error:
            raise self._database.damaged(error) from error


class MemoryStore(_Store):
    """Keeps writes until the process ends."""

    _lock: ClassVar[Lock] = Lock(brief=True)
    _shared: ClassVar[dict[tuple[str, int], MemoryStore]] = {}

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__(Database(None), f"memory:{id(self)}")
        self._clock = clock

    @classmethod
    def of(cls, account: str, clock: Clock = SYSTEM_CLOCK) -> MemoryStore:
        """The store that all connections to an account share in this process, if they use the same clock."""
        # Instants of different clocks cannot be compared. The store holds its clock, so no other one can get its id.
        with cls._lock:
            return cls._shared.setdefault((account, id(clock)), cls(clock))

    def close(self) -> None:
        """Keep everything, because other connections of the process may share it."""


class SQLiteStore(_Store):
    """Keeps writes in a file of the state folder, across restarts and processes."""

    def __init__(self, state_dir: Path | str) -> None:
        folder = Path(state_dir).expanduser()
        if folder.exists() and not folder.is_dir():
            raise ConfigurationError(
                f"state_dir={folder} is a file.", hint="Name a folder; it is created if it does not exist."
            )
        path = folder.resolve() / FILE_NAME
        super().__init__(Database(path), str(path))


def read_audit(state_dir: Path | str) -> list[dict[str, Any]]:
    """The audit of a state folder, oldest first: the writes to the devices of all providers. Reading creates no file.

    Raises:
        ConfigurationError: it cannot be read.
    """
    store = SQLiteStore(state_dir)
    if not (Path(state_dir).expanduser() / FILE_NAME).exists():
        return []
    try:
        return store.audit()
    finally:
        store.close()


def store_for(context: Context) -> WriteStore:
    """The store of a connection: its own, that of its state folder, or the shared memory of its account."""
    if context.store is not None:
        store: WriteStore = context.store
        return store
    if context.state_dir is not None:
        return SQLiteStore(context.state_dir)
    return MemoryStore.of(f"{context.provider}|{context.base_url}", context.clock)


def _with_point(entry: Entry, point: RestorePoint | None) -> Entry:
    """Put a restore point where the entry's present stage will find it; without one, the entry stands no more."""
    if point is None:
        return attrs.evolve(entry, stands=False, point_before=None, point_after=None)
    if entry.stage.may_apply:
        return attrs.evolve(entry, point_after=point)
    return attrs.evolve(entry, point_before=point)
