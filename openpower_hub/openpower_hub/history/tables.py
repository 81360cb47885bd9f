"""The tables of the history, made from the table of figures: readings and cells of each kind of device, prices, receipts.

Times are milliseconds since 1970 (UTC). Figures are whole numbers of their last digit (:data:`~openpower_hub.figures.DIGITS`):
a power of 1234 W is 1234, a state of charge of 56.7 % is 567, an energy of 12.34 kWh is 1234.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, MetaData, SmallInteger, String, Table, Text

from openpower_core.devices.roles import Role
from openpower_hub.figures import Kind, figures_of
from openpower_hub.history.cells import Layout

VERSION: Final = 1
"""Of the tables: raised when an older hub could no longer read them; columns of new figures are added without."""
META: Final = MetaData()

SCHEMA: Final = Table("openpower_schema", META, Column("version", Integer, primary_key=True))
DEVICES: Final = Table(
    "devices",
    META,
    Column("id", Integer, primary_key=True),
    Column("key", String(80), unique=True, nullable=False),
    Column("home", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("provider", Text, nullable=False),
    Column("tz", Text),
)


def _column(name: str, kind: Kind) -> Column[Any]:
    return Column(name, String()) if kind is Kind.STATUS else Column(name, BigInteger())


def _readings(role: Role) -> Table:
    return Table(
        f"readings_{role.value}",
        META,
        Column("device", Integer, primary_key=True, autoincrement=False),
        Column("at", BigInteger, primary_key=True, autoincrement=False),
        Column("holds", BigInteger, nullable=False),  # how long it stands at most (ms)
        Column("quality", SmallInteger, nullable=False),  # its place in QUALITIES
        Column("origin", SmallInteger, nullable=False),  # 1: from the vendor's series, after a gap
        *(_column(figure.name, figure.kind) for figure in figures_of(role)),
        sqlite_with_rowid=False,
    )


def _cells(role: Role) -> Table:
    return Table(
        f"cells_{role.value}",
        META,
        Column("device", Integer, primary_key=True, autoincrement=False),
        Column("step", Integer, primary_key=True, autoincrement=False),
        Column("at", BigInteger, primary_key=True, autoincrement=False),
        *(
            _column(f"{figure.name}_{name}", figure.kind)
            for figure in figures_of(role)
            for name in Layout.NAMES[figure.kind]
        ),
        sqlite_with_rowid=False,
    )


_READ: Final = tuple(role for role in Role if figures_of(role))
READINGS: Final = {role: _readings(role) for role in _READ}
CELLS: Final = {role: _cells(role) for role in _READ}

PRICES: Final = Table(
    "prices",
    META,
    Column("device", Integer, primary_key=True, autoincrement=False),
    Column("channel", String(20), primary_key=True),
    Column("register", String(20), primary_key=True),  # empty where the meter has one
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger),
    Column("per_kwh", String(40), nullable=False),  # exact decimals
    Column("currency", String(3), nullable=False),
    Column("tax_included", Boolean()),
    Column("kind", String(20), nullable=False),
    Column("estimate", Boolean()),
    Column("spike", Boolean()),
    Column("renewables_pct", Float()),
    Column("period", Text),
    sqlite_with_rowid=False,
)
RECEIPTS: Final = Table(
    "receipts",
    META,
    Column("seen_at", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(80), primary_key=True),
    Column("state", String(20), primary_key=True),
    Column("device", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("operation", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("mode", String(20)),
    Column("until", BigInteger),
    Column("power_w", Float()),
    Column("target_soc_pct", Float()),
    Column("release_due", BigInteger),
)
