"""Histories in SQLite, and in a PostgreSQL that the tests start themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from openpower_hub.history.database import Database


def _programs() -> Path | None:
    """Where PostgreSQL's programs are: Debian keeps them out of the path."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *filter(None, [shutil.which("initdb")])]
    return Path(found[-1]).parent if found else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """A cluster of its own, on a socket in its own folder, as a user without rights."""
    if (programs := _programs()) is None:
        pytest.skip("no PostgreSQL")
    with tempfile.TemporaryDirectory(prefix="op-pg-", dir="/tmp") as folder:
        data = Path(folder) / "data"
        as_user: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "nobody")
            as_user = ["setpriv", "--reuid=nobody", "--clear-groups"]

        def run(program: str, *given: str) -> None:
            subprocess.run(
                [*as_user, str(programs / program), *given],
                check=True,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                timeout=60,
            )

        run("initdb", "-D", str(data), "-U", "openpower", "--auth=trust", "--no-sync", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        run("pg_ctl", "-D", str(data), "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield URL.create("postgresql+psycopg", username="openpower", database="postgres", query={"host": folder})
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty history of each kind."""
    if request.param == "sqlite":
        url = URL.create("sqlite", database=str(tmp_path / "history.sqlite"))
    else:
        server: URL = request.getfixturevalue("postgresql")
        engine = create_engine(server)
        name = f"history_{os.getpid()}_{abs(hash(tmp_path))}"
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        url = server.set(database=name)
    made = Database(url)
    yield made
    made.close()
