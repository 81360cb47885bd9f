"""The store of writes on SQLite: one file in the state folder, or the same tables in memory."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import sqlite3
import weakref
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from openpower_core.capabilities import WriteLimits
from openpower_core.clock import SYSTEM_CLOCK, Clock, machine_clock
from openpower_core.convert import structure
from openpower_core.devices.info import DeviceInfo
from openpower_core.errors import BadResponse, ConfigurationError
from openpower_core.secrets import mask
from openpower_core.waiting import Lock
from openpower_core.write.schema import VERSION, upgrade, version
from openpower_core.write.store import (
    Change,
    Entry,
    Holder,
    Remembered,
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
KEEP_ENTRIES: Final = 10_000
"""How many writes are kept at least, of all boxes together."""
KEEP_AUDIT: Final = 100_000
"""How many lines of the audit are kept at least."""
PRUNE_EVERY: Final = 100
"""How many writes there are between two prunings."""
_ANY: Final = 2**62


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

    @property
    def untouched(self) -> bool:
        """Whether there is no file yet; it opens none."""
        return self._connection is None and (self.path is None or not self.path.exists())

    @contextmanager
    def transaction(self, *, reads: bool = False) -> Generator[sqlite3.Connection]:
        """Run statements in one transaction, exclusive among all processes unless it only reads."""
        with self._lock, self._explained():
            connection = self._open()
            connection.execute("BEGIN" if reads else "BEGIN IMMEDIATE")
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
            f"the write state in {self.path} cannot be read ({why}); the file was left as it is.",
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
        # At the interpreter's exit a thread may be using it, which would crash the process.
        self._let_go.atexit = False
        _opened.add(self)
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        # A process that died in a transaction left its journal; only then can anything be half-written.
        if self.path is not None and self.path.with_name(f"{self.path.name}-journal").exists():
            # The number is how many errors it lists: one is enough to know.
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise self.damaged(verdict)
        if version(connection) < VERSION:
            upgrade(connection)
            if self.path is not None:
                self.path.chmod(0o600)
        if (found := version(connection)) != VERSION:
            raise ConfigurationError(
                f"the write state in {self.path} was made by another version of openpower "
                f"(its format is {found}, this one knows {VERSION}).",
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


def _close(connection: sqlite3.Connection, pid: int) -> None:
    if pid == os.getpid():
        connection.close()


_opened: weakref.WeakSet[Database] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for database in list(_opened):
        database.close()


class _Store:
    """A :class:`WriteStore` on SQLite, in a file or in memory.

    Args:
        database: where the tables are.
        identity: equal for all stores that share their tables.
        scope: what distinguishes equal serial numbers of one vendor: the base URL, as of an emulator.
    """

    def __init__(self, database: Database, identity: str, scope: str = "") -> None:
        self._database = database
        self.identity = identity
        self._scope = scope
        self._boxes: dict[tuple[str, str], str] = {}
        self._leases: set[str] = set()
        self._supervisor = ""
        self._key = b""

    @property
    def durable(self) -> bool:
        return self._database.path is not None

    @property
    def untouched(self) -> bool:
        return self._database.untouched

    def box(self, info: DeviceInfo) -> str:
        found = self._boxes.get((info.provider, info.serial))
        if found is None:
            # A serial number is so short that its plain hash could be reversed by trying all of them.
            self._key = self._key or self._database.rows("SELECT key FROM naming")[0]["key"]
            digest = hashlib.blake2b(
                f"{info.provider}\0{self._scope}\0{info.serial}".encode(errors="surrogatepass"),
                key=self._key,
                digest_size=8,
            )
            found = f"{info.provider}:{mask(info.serial)}:{digest.hexdigest()}"
            self._boxes[info.provider, info.serial] = found
        return found

    def acquire(self, box: str, document: str, budget: str, now: datetime) -> tuple[Holder, Remembered | None]:
        lease = holder(now)
        with self._database.transaction() as db:
            # Looked up and replaced in one transaction: of two processes that find a dead holder, one takes over.
            found = db.execute("SELECT data FROM leases WHERE box = ?", (box,)).fetchone()
            if found is not None:
                other = self._made(Holder, found["data"])
                if not is_over(other, now):
                    return other, None
            db.execute("REPLACE INTO leases VALUES (?, ?)", (box, as_text(lease)))
            self._leases.add(lease.token)
            return lease, self._remembered(db, box, document, budget)

    def give_back(self, box: str, lease: Holder) -> None:
        if lease.token in self._leases:  # it was not returned with the result
            with self._database.transaction() as db:
                self._return(db, box, lease)

    def begin(
        self,
        entry: Entry,
        point: RestorePoint | None,
        lease: Holder,
        line: Mapping[str, Any],
        limits: WriteLimits | None,
    ) -> datetime | None:
        with self._database.transaction() as db:
            if not self._has_lease(db, entry.box, lease):
                raise LookupError("another process has taken the lease over")
            at = entry.sent.at
            if limits is not None and (later := self._allowed_at(db, entry.box, entry.budget, limits, at)) is not None:
                return later
            # Pruned here and not by a timer: what makes the tables grow keeps them small.
            self._prune(db)
            db.execute(
                "INSERT INTO entries (id, box, document, budget, at, counts, live, data) VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
                (entry.id, entry.box, entry.document, entry.budget, at.timestamp(), limits is not None, as_text(entry)),
            )
            if point is not None:
                self._put_point(db, entry.box, entry.document, point)
            self._log(db, line)
        return None

    def allowed_at(self, box: str, budget: str, limits: WriteLimits, now: datetime) -> datetime | None:
        if self.untouched:
            return None
        with self._database.transaction(reads=True) as db:
            return self._allowed_at(db, box, budget, limits, now)

    def record(
        self,
        entry: Entry | None = None,
        *,
        of: tuple[str, str] | None = None,
        change: Change | None = None,
        line: Mapping[str, Any] | None = None,
        counts: bool = True,
        lease: tuple[str, Holder] | None = None,
    ) -> None:
        with self._database.transaction() as db:
            if lease is not None:
                self._return(db, *lease)
            if entry is not None:
                live = entry.stage is not Stage.REJECTED
                db.execute(
                    "UPDATE entries SET data = ?, live = ?, counts = counts AND ? WHERE id = ?",
                    (as_text(entry), live, counts, entry.id),
                )
                of = of or (entry.box, entry.document)
            if change is not None and of is not None:
                before = self._point(db, *of)
                if (after := change(before)) != before:
                    self._put_point(db, *of, after)
            if line is not None:
                self._log(db, line)

    def find(self, box: str, id: str) -> Entry | None:  # noqa: A002
        found = self._database.rows("SELECT data FROM entries WHERE id = ? AND box = ?", id, box)
        return self._made(Entry, found[0]["data"]) if found else None

    def remembered(self, box: str, document: str, budget: str) -> Remembered:
        if self.untouched:
            return Remembered()
        with self._database.transaction(reads=True) as db:
            return self._remembered(db, box, document, budget)

    def points(self, boxes: Collection[str] | None = None) -> list[tuple[str, str, RestorePoint]]:
        if self.untouched:
            return []
        if boxes is None:
            rows = self._database.rows("SELECT box, document, data FROM points")
        else:  # as one value, of which there may be any number
            statement = "SELECT box, document, data FROM points WHERE box IN (SELECT value FROM json_each(?))"
            rows = self._database.rows(statement, json.dumps(sorted(boxes)))
        return [(row["box"], row["document"], self._made(RestorePoint, row["data"])) for row in rows]

    def supervise(self, lease: Holder | None, boxes: Collection[str] = ()) -> None:
        with self._database.transaction() as db:
            db.execute("DELETE FROM supervisors WHERE token = ?", (self._supervisor,))
            if lease is not None:
                self._supervisor = lease.token
                rows = [(lease.token, box, as_text(lease)) for box in boxes]
                db.executemany("INSERT INTO supervisors VALUES (?, ?, ?)", rows)

    def supervised(self, box: str, now: datetime) -> bool:
        if self.untouched or not self.durable:  # no other process knows what is in memory
            return False
        statement = "SELECT data FROM supervisors WHERE box = ? AND token <> ?"
        rows = self._database.rows(statement, box, self._supervisor)
        return any(not is_over(self._made(Holder, row["data"]), now) for row in rows)

    def audit(self, *, limit: int | None = None, before: int | None = None) -> list[dict[str, Any]]:
        if self.untouched:
            return []
        rows = self._database.rows(
            "SELECT number, line FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?",
            _ANY if before is None else before,
            _ANY if limit is None else limit,
        )
        return [{"number": row["number"], **json.loads(row["line"])} for row in reversed(rows)]

    def close(self) -> None:
        self._database.close()
        self._boxes.clear()
        self._key = b""

    # Statements inside a transaction:

    def _has_lease(self, db: sqlite3.Connection, box: str, lease: Holder) -> bool:
        found = db.execute("SELECT data FROM leases WHERE box = ?", (box,)).fetchone()
        return found is not None and self._made(Holder, found["data"]).token == lease.token

    def _return(self, db: sqlite3.Connection, box: str, lease: Holder) -> None:
        self._leases.discard(lease.token)
        if self._has_lease(db, box, lease):
            db.execute("DELETE FROM leases WHERE box = ?", (box,))

    def _remembered(self, db: sqlite3.Connection, box: str, document: str, budget: str) -> Remembered:
        rows = [
            db.execute(
                "SELECT number, data FROM entries WHERE box = ? AND document = ? AND live = 1 ORDER BY number DESC LIMIT 1",
                (box, document),
            ).fetchone(),
            db.execute(
                "SELECT number, data FROM entries WHERE box = ? AND document = '' AND live = 1 AND budget = ?"
                " ORDER BY number DESC LIMIT 1",
                (box, budget),
            ).fetchone(),
        ]
        last, native = rows
        # A native write may have changed anything of the document.
        known = native is None or (last is not None and native["number"] <= last["number"])
        return Remembered(
            last=self._made(Entry, last["data"]) if last is not None and known and document else None,
            point=self._point(db, box, document),
        )

    def _allowed_at(
        self, db: sqlite3.Connection, box: str, budget: str, limits: WriteLimits, now: datetime
    ) -> datetime | None:
        # The newest: as many as a day's budget, since earlier ones do not matter.
        newest = max(limits.per_day or 0, 1)
        rows = db.execute(
            "SELECT at FROM entries WHERE box = ? AND budget = ? AND counts = 1 ORDER BY at DESC LIMIT ?",
            (box, budget, newest),
        )
        return allowed_at([datetime.fromtimestamp(row["at"], UTC) for row in rows], limits, now)

    def _point(self, db: sqlite3.Connection, box: str, document: str) -> RestorePoint | None:
        found = db.execute("SELECT data FROM points WHERE box = ? AND document = ?", (box, document)).fetchone()
        return None if found is None else self._made(RestorePoint, found["data"])

    def _put_point(self, db: sqlite3.Connection, box: str, document: str, point: RestorePoint | None) -> None:
        if point is None:
            db.execute("DELETE FROM points WHERE box = ? AND document = ?", (box, document))
        else:
            db.execute("REPLACE INTO points VALUES (?, ?, ?)", (box, document, as_text(point)))

    def _log(self, db: sqlite3.Connection, line: Mapping[str, Any]) -> None:
        text = as_text(line)
        # Vendors repeat serial numbers in their messages, native calls contain them, and the audit is displayed.
        for _, serial in self._boxes.copy():  # other threads add to them
            if serial and serial in text:
                text = text.replace(json.dumps(serial)[1:-1], mask(serial))
        db.execute("INSERT INTO audit (line) VALUES (?)", (text,))

    def _prune(self, db: sqlite3.Connection) -> None:
        """Keep the newest lines and entries, by count: the wall clock may be wrong, and delete what is new."""
        newest = db.execute("SELECT MAX(number) FROM entries").fetchone()[0] or 0
        if newest % PRUNE_EVERY:
            return
        # In small pieces, each larger than what is added meanwhile: a write must not wait for all that an old folder holds.
        piece = 2 * PRUNE_EVERY
        db.execute(
            "DELETE FROM audit WHERE number IN (SELECT number FROM audit"
            " WHERE number <= (SELECT MAX(number) FROM audit) - ? ORDER BY number LIMIT ?)",
            (KEEP_AUDIT, piece),
        )
        db.execute(
            # The newest of a document stays, however old: it is what the vendor has.
            "DELETE FROM entries WHERE number IN (SELECT number FROM entries WHERE number <= ? AND"
            " (live = 0 OR EXISTS (SELECT 1 FROM entries AS later WHERE later.box = entries.box"
            " AND later.document = entries.document AND later.live = 1 AND later.number > entries.number))"
            " ORDER BY number LIMIT ?)",
            (newest - KEEP_ENTRIES, piece),
        )

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
        clock = machine_clock(clock)
        with cls._lock:
            return cls._shared.setdefault((account, id(clock)), cls(clock))

    def close(self) -> None:
        """Keep everything, because other connections of the process may share it."""


class SQLiteStore(_Store):
    """Keeps writes in a file of the state folder, across restarts and processes."""

    def __init__(self, state_dir: Path | str, scope: str = "") -> None:
        folder = Path(state_dir).expanduser()
        if folder.exists() and not folder.is_dir():
            raise ConfigurationError(
                f"state_dir={folder} is a file.", hint="Name a folder; it is created if it does not exist."
            )
        path = folder.resolve() / FILE_NAME
        super().__init__(Database(path), str(path), scope)


def store_for(context: Context) -> WriteStore:
    """The store of a connection: its own, that of its state folder, or the shared memory of its account."""
    if context.store is not None:
        store: WriteStore = context.store
        return store
    if (folder := context.write_dir) is not None:
        return SQLiteStore(folder, context.base_url or "")
    return MemoryStore.of(f"{context.provider}|{context.base_url}", context.clock)
