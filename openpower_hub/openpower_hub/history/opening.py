"""Opens the database of the history: makes what is missing, and refuses what a newer hub has made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, insert, inspect, select, text
from sqlalchemy.schema import CreateColumn

from openpower_core.errors import ConfigurationError
from openpower_hub.history.tables import META, SCHEMA, VERSION


def name_of(url: URL) -> str:
    """What a database is called in messages, without a password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else repr(url)


def file_of(url: URL) -> Path | None:
    """Its file; None of PostgreSQL, and in memory."""
    found = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)) if found else None


def opened(url: URL, *, create: bool) -> Engine:
    """Open a database.

    Args:
        url: where it is.
        create: whether to make what is missing.

    Raises:
        ConfigurationError: it is of a newer version, is not there, or what it needs is not installed.
        SQLAlchemyError: it cannot be read or written now.
        OSError: the same of a file.
    """
    file = file_of(url)
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ConfigurationError(
            f"the history cannot be kept in {url.get_backend_name()}.",
            hint="It takes sqlite:///… and postgresql+psycopg://…",
        )
    if file is not None and create and not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)
    try:
        engine = create_engine(url, pool_pre_ping=file is None, pool_size=1, max_overflow=0)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the history in {name_of(url)} needs {error.name}, which is not installed.",
            hint='Install it with: pip install "openpower-hub[postgresql]>=0.2"',
        ) from None
    if file is not None:
        event.listen(engine, "connect", _prepare)
    try:
        with engine.begin() as connection:
            _check(connection, name_of(url), create=create)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _check(connection: Connection, name: str, *, create: bool) -> None:
    """Make the tables, and the columns of figures that are new; refuse those of a newer hub."""
    there = inspect(connection).get_table_names()
    if SCHEMA.name not in there and not create:
        raise ConfigurationError(f"there is no history in {name}.")
    if SCHEMA.name in there:
        found = connection.scalar(select(func.max(SCHEMA.c.version))) or 0
        if found > VERSION:
            raise ConfigurationError(
                f"the history in {name} was made by a newer openpower (its version is {found}, "
                f"this one knows {VERSION}); it is left as it is, and nothing is recorded.",
                hint="Upgrade openpower, or name another place with url in [history].",
            )
    META.create_all(connection)
    for table in META.tables.values():
        if table.name in there:
            known = {each["name"] for each in inspect(connection).get_columns(table.name)}
            for column in table.c:
                if column.name not in known:
                    ddl = CreateColumn(column).compile(dialect=connection.dialect)
                    connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {ddl}"))
    if connection.scalar(select(func.count()).select_from(SCHEMA)) == 0:
        connection.execute(insert(SCHEMA).values(version=VERSION))


def _prepare(connection: Any, _record: Any) -> None:
    """Set a new connection of SQLite up: readers and the writer do not wait for each other, and a kill loses nothing."""
    cursor = connection.cursor()
    for statement in ("journal_mode = WAL", "synchronous = NORMAL", "busy_timeout = 10000", "temp_store = MEMORY"):
        cursor.execute(f"PRAGMA {statement}")
    cursor.close()
