"""The SQLite file behind the write state: opened late, changed in whole transactions, and never deleted."""

from __future__ import annotations

import os
import sqlite3
import weakref
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

__all__ = ["Database"]

VERSION: Final = 1

SCHEMA: Final = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    box TEXT NOT NULL,
    document TEXT NOT NULL,
    budget TEXT NOT NULL,
    at REAL NOT NULL,
    counts INTEGER NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX entries_by_document ON entries (box, document, number);
CREATE INDEX entries_by_budget ON entries (box, budget, at);
CREATE TABLE points (
    box TEXT NOT NULL,
    document TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (box, document)
);
CREATE TABLE leases (box TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE audit (number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, line TEXT NOT NULL);
"""


class Database:
    """One file, or memory when there is no path.

    A rollback journal rather than WAL: it needs no shared memory, so that it works on every file system,
    and with full synchronisation a transaction is on the disk, whole, or not at all.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._pid = os.getpid()
        self._let_go: weakref.finalize[Any, Any] | None = None

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Run statements that happen together or not at all, alone among all processes."""
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
        """Let go of the file."""
        with self._lock:
            if self._let_go is not None:
                self._let_go()
            self._connection = self._let_go = None

    def damaged(self, why: object) -> ConfigurationError:
        """Say that the file cannot be used, and what to do about it."""
        return ConfigurationError(
            f"the write state in {self.path} cannot be read ({why}); nothing was sent, and the file was left as it is.",
            hint=(
                "Move the file aside to begin anew. Restore points and the count of today's writes are "
                "forgotten then, so look in the vendor's app whether a command is still in force."
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
        # From Python 3.13 on, a connection that nobody closed warns; whoever forgets a home is not to hear of it.
        self._let_go = weakref.finalize(self, _close, connection, self._pid)
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise self.damaged(verdict)
        if self._version(connection) == 0:
            _create(connection)
            if self.path is not None:
                self.path.chmod(0o600)
        if (found := self._version(connection)) != VERSION:
            raise ConfigurationError(
                f"the write state in {self.path} was made by another version of openpower "
                f"(its format is {found}, this one knows {VERSION}); nothing was sent.",
                hint="Upgrade openpower, or give this program a state_dir= of its own.",
            )

    def _version(self, connection: sqlite3.Connection) -> int:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise self._unusable(error) from error
        except sqlite3.DatabaseError as error:
            raise self.damaged(error) from error
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> ConfigurationError:
        return ConfigurationError(
            f"the write state in {self.path} cannot be used ({error}).",
            hint="Check that the folder of state_dir= exists, is writable and has room.",
        )


def _close(connection: sqlite3.Connection, pid: int) -> None:
    if pid == os.getpid():
        connection.close()


def _create(connection: sqlite3.Connection) -> None:
    """Make the tables; two processes may try at once, and the second finds them made."""
    connection.execute("BEGIN IMMEDIATE")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
