"""What is remembered of writes, in memory or in a state folder, behind one small interface."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeVar

import attrs

from openpower_core.convert import structure, unstructure
from openpower_core.errors import BadResponse, ConfigurationError
from openpower_core.write._database import Database
from openpower_core.write.budget import allowed_at
from openpower_core.write.entries import Entry, RestorePoint, Stage
from openpower_core.write.lease import Holder, holder, is_over

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from openpower_core.capabilities import WriteLimits
    from openpower_core.connection.context import Context

__all__ = ["FILE_NAME", "MemoryStore", "SQLiteStore", "WriteStore", "store_for"]

T = TypeVar("T")

FILE_NAME: Final = "openpower-writes.sqlite3"

KEEP_ENTRIES: Final = timedelta(days=30)
KEEP_AUDIT: Final = timedelta(days=400)


class WriteStore(Protocol):
    """What the pipeline needs to remember. Every method is one step that happens whole or not at all."""

    @property
    def identity(self) -> str:
        """The same for all stores that share their memory."""
        ...

    @property
    def durable(self) -> bool:
        """Whether it survives the process."""
        ...

    def acquire(self, box: str, now: datetime) -> tuple[Holder, bool]:
        """Take the lease of a box: ours and True, or the one of who holds it and False."""
        ...

    def give_back(self, box: str, lease: Holder) -> None:
        """Give the lease back, if it is still ours."""
        ...

    def begin(self, entry: Entry, limits: WriteLimits, lease: Holder) -> datetime | None:
        """Record the intent to write, or say when the budget allows it; None means that it is recorded.

        Raises:
            LookupError: the lease is not ours any more.
        """
        ...

    def allowed_at(
        self, box: str, budget: str, limits: WriteLimits, now: datetime, *, also: datetime | None = None
    ) -> datetime | None:
        """Say when the budget allows the next write, counting one more at ``also``; None means now."""
        ...

    def finish(self, entry: Entry, *, audit: Mapping[str, Any] | None, counts: bool = True) -> None:
        """Record how far a write got, and the restore point that follows from it."""
        ...

    def find(self, id: str) -> Entry | None:  # noqa: A002
        """The entry with that id."""
        ...

    def last(self, box: str, document: str) -> Entry | None:
        """The newest write of a document that the vendor may hold."""
        ...

    def point(self, box: str, document: str) -> RestorePoint | None:
        """The restore point of a document."""
        ...

    def points(self, box: str) -> dict[str, RestorePoint]:
        """The restore points of a box by document, with those that an unsettled write may leave."""
        ...

    def change_point(self, box: str, document: str, point: RestorePoint | None) -> None:
        """Replace or forget a restore point, whatever is still to become of the last write."""
        ...

    def log(self, line: Mapping[str, Any]) -> None:
        """Add a line to the audit."""
        ...

    def audit(self) -> list[dict[str, Any]]:
        """The lines of the audit, oldest first."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


class _Store:
    """The steps, on a SQLite database: in a file or in memory, the rules are the same."""

    def __init__(self, database: Database, identity: str) -> None:
        self._database = database
        self._identity = identity

    @property
    def identity(self) -> str:
        return self._identity

    @property
    def durable(self) -> bool:
        return self._database.path is not None

    def acquire(self, box: str, now: datetime) -> tuple[Holder, bool]:
        ours = holder(now)
        with self._database.transaction() as db:
            found = db.execute("SELECT data FROM leases WHERE box = ?", (box,)).fetchone()
            if found is not None:
                theirs = self._lease(found["data"])
                if not is_over(theirs, now):
                    return theirs, False
            db.execute("REPLACE INTO leases VALUES (?, ?)", (box, _text(ours)))
        return ours, True

    def give_back(self, box: str, lease: Holder) -> None:
        with self._database.transaction() as db:
            if self._holds(db, box, lease):
                db.execute("DELETE FROM leases WHERE box = ?", (box,))

    def begin(self, entry: Entry, limits: WriteLimits, lease: Holder) -> datetime | None:
        with self._database.transaction() as db:
            if not self._holds(db, entry.box, lease):
                raise LookupError("the lease is not ours any more")
            times = self._times(db, entry.box, entry.budget)
            if (later := allowed_at(times, limits, entry.at)) is not None:
                return later
            if not entry.document:
                self._unseat(db, entry)
            self._prune(db, entry.at)
            self._insert(db, entry)
        return None

    def allowed_at(
        self, box: str, budget: str, limits: WriteLimits, now: datetime, *, also: datetime | None = None
    ) -> datetime | None:
        with self._database.transaction() as db:
            times = self._times(db, box, budget)
        return allowed_at(times if also is None else [*times, also], limits, now)

    def finish(self, entry: Entry, *, audit: Mapping[str, Any] | None, counts: bool = True) -> None:
        with self._database.transaction() as db:
            self._update(db, entry)
            if not counts:
                db.execute("UPDATE entries SET counts = 0 WHERE id = ?", (entry.id,))
            newest = self._last(db, entry.box, entry.document, but=entry.id)
            if newest is None or not self._is_later(db, newest.id, entry.id):
                self._put_point(db, entry.box, entry.document, entry.point)
            if audit is not None:
                self._log(db, audit)

    def find(self, id: str) -> Entry | None:  # noqa: A002
        found = self._database.rows("SELECT data FROM entries WHERE id = ?", id)
        return self._entry(found[0]["data"]) if found else None

    def last(self, box: str, document: str) -> Entry | None:
        with self._database.transaction() as db:
            return self._last(db, box, document)

    def point(self, box: str, document: str) -> RestorePoint | None:
        found = self._database.rows("SELECT data FROM points WHERE box = ? AND document = ?", box, document)
        return self._point(found[0]["data"]) if found else None

    def points(self, box: str) -> dict[str, RestorePoint]:
        rows = self._database.rows("SELECT document, data FROM points WHERE box = ?", box)
        points = {row["document"]: self._point(row["data"]) for row in rows}
        rows = self._database.rows("SELECT DISTINCT document FROM entries WHERE box = ?", box)
        for document in (row["document"] for row in rows):
            entry = self.last(box, document)
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

    # Statements inside a transaction:

    def _holds(self, db: sqlite3.Connection, box: str, lease: Holder) -> bool:
        found = db.execute("SELECT data FROM leases WHERE box = ?", (box,)).fetchone()
        return found is not None and self._lease(found["data"]).token == lease.token

    def _times(self, db: sqlite3.Connection, box: str, budget: str) -> list[datetime]:
        rows = db.execute("SELECT at FROM entries WHERE box = ? AND budget = ? AND counts", (box, budget))
        return [datetime.fromtimestamp(row["at"], UTC) for row in rows]

    def _insert(self, db: sqlite3.Connection, entry: Entry) -> None:
        db.execute(
            "INSERT INTO entries (id, box, document, budget, at, counts, data) VALUES (?, ?, ?, ?, ?, 1, ?)",
            (entry.id, entry.box, entry.document, entry.budget, entry.at.timestamp(), _text(entry)),
        )

    def _update(self, db: sqlite3.Connection, entry: Entry) -> None:
        db.execute("UPDATE entries SET data = ? WHERE id = ?", (_text(entry), entry.id))

    def _last(self, db: sqlite3.Connection, box: str, document: str, *, but: str = "") -> Entry | None:
        rows = db.execute(
            "SELECT data FROM entries WHERE box = ? AND document = ? AND id <> ? ORDER BY number DESC",
            (box, document, but),
        )
        for row in rows:
            entry = self._entry(row["data"])
            if entry.stage is not Stage.REJECTED:
                return entry
        return None

    def _is_later(self, db: sqlite3.Connection, one: str, other: str) -> bool:
        numbers = [db.execute("SELECT number FROM entries WHERE id = ?", (each,)).fetchone() for each in (one, other)]
        return all(numbers) and numbers[0]["number"] > numbers[1]["number"]

    def _unseat(self, db: sqlite3.Connection, native: Entry) -> None:
        """A native write may have changed what our own had set: nobody can tell, so it stands no more."""
        rows = db.execute(
            "SELECT data FROM entries WHERE box = ? AND budget = ?", (native.box, native.budget)
        ).fetchall()
        for row in rows:
            entry = self._entry(row["data"])
            if entry.stands:
                self._update(db, attrs.evolve(entry, stands=False))

    def _put_point(self, db: sqlite3.Connection, box: str, document: str, point: RestorePoint | None) -> None:
        if point is None:
            db.execute("DELETE FROM points WHERE box = ? AND document = ?", (box, document))
        else:
            data = _text(point)
            db.execute("REPLACE INTO points VALUES (?, ?, ?)", (box, document, data))

    def _log(self, db: sqlite3.Connection, line: Mapping[str, Any]) -> None:
        at = datetime.fromisoformat(line["at"]).timestamp()
        db.execute("INSERT INTO audit (at, line) VALUES (?, ?)", (at, _text(line)))

    def _prune(self, db: sqlite3.Connection, now: datetime) -> None:
        """Forget what is long over; the newest write of each document is kept whatever its age."""
        db.execute(
            "DELETE FROM entries WHERE at < ? AND number NOT IN"
            " (SELECT MAX(number) FROM entries GROUP BY box, document)",
            ((now - KEEP_ENTRIES).timestamp(),),
        )
        db.execute("DELETE FROM audit WHERE at < ?", ((now - KEEP_AUDIT).timestamp(),))

    # Rows that make no sense are damage, like pages that make none.

    def _entry(self, text: str) -> Entry:
        return self._made(Entry, text)

    def _point(self, text: str) -> RestorePoint:
        return self._made(RestorePoint, text)

    def _lease(self, text: str) -> Holder:
        return self._made(Holder, text)

    def _made(self, kind: type[T], text: str) -> T:
        try:
            return structure(kind, json.loads(text))
        except (ValueError, BadResponse) as error:
            raise self._database.damaged(error) from error


class MemoryStore(_Store):
    """Remembers until the process ends."""

    _lock: ClassVar[Lock] = Lock()
    _shared: ClassVar[dict[str, MemoryStore]] = {}

    def __init__(self) -> None:
        super().__init__(Database(None), f"memory:{id(self)}")

    @classmethod
    def of(cls, account: str) -> MemoryStore:
        """The one store that all connections to an account share in this process."""
        with cls._lock:
            return cls._shared.setdefault(account, cls())

    def close(self) -> None:
        """Keep everything: other connections of the process may share it."""


class SQLiteStore(_Store):
    """Remembers in a file of the state folder, across restarts and between processes."""

    def __init__(self, state_dir: Path | str) -> None:
        folder = Path(state_dir).expanduser()
        if folder.exists() and not folder.is_dir():
            raise ConfigurationError(
                f"state_dir={folder} is a file.", hint="Name a folder; it is made where it is absent."
            )
        path = folder.resolve() / FILE_NAME
        super().__init__(Database(path), str(path))


def _with_point(entry: Entry, point: RestorePoint | None) -> Entry:
    """Put a restore point where the entry's present stage will find it; none at all ends its standing."""
    if point is None:
        return attrs.evolve(entry, stands=False, point_before=None, point_after=None)
    if entry.stage.may_hold:
        return attrs.evolve(entry, point_after=point)
    return attrs.evolve(entry, point_before=point)


def _text(value: Any) -> str:
    return json.dumps(unstructure(value), ensure_ascii=False, separators=(",", ":"))


def store_for(context: Context) -> WriteStore:
    """The store of a connection: its own, its state folder's, or the memory that its account shares."""
    if context.store is not None:
        store: WriteStore = context.store
        return store
    if context.state_dir is not None:
        return SQLiteStore(context.state_dir)
    return MemoryStore.of(f"{context.provider}|{context.base_url}")
