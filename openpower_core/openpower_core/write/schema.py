"""The tables of a store of writes, and what becomes of those that an earlier openpower made."""

from __future__ import annotations

import logging
import sqlite3
from typing import Final

VERSION: Final = 3

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
    live INTEGER NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_document ON entries (box, document, live, number);
CREATE INDEX IF NOT EXISTS entries_by_budget ON entries (box, budget, counts, at);
CREATE TABLE IF NOT EXISTS points (
    box TEXT NOT NULL,
    document TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (box, document)
);
CREATE TABLE IF NOT EXISTS leases (box TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS supervisors (token TEXT NOT NULL, box TEXT NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS supervisors_by_box ON supervisors (box);
CREATE TABLE IF NOT EXISTS audit (number INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS naming (key BLOB NOT NULL);
INSERT INTO naming VALUES (randomblob(16))
"""


def version(connection: sqlite3.Connection) -> int:
    """The format of a file; 0 for a new one."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def upgrade(connection: sqlite3.Connection) -> None:
    """Create the tables; of two processes that try at once, the second finds them."""
    connection.execute("BEGIN IMMEDIATE")
    lines: list[sqlite3.Row] = []
    if (found := version(connection)) < VERSION:
        if found:
            # Earlier formats kept whole documents and named boxes differently, so what they hold cannot be restored.
            if connection.execute("SELECT COUNT(*) FROM points").fetchone()[0]:
                _log.warning("The state folder was written by an older openpower: its restore points are discarded.")
            lines = connection.execute("SELECT line FROM audit ORDER BY number").fetchall()
            for table in ("entries", "points", "leases", "supervisors", "audit", "naming"):
                connection.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.executemany("INSERT INTO audit (line) VALUES (?)", [tuple(line) for line in lines])
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
