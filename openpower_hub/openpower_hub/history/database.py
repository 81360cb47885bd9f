"""The history in a database: SQLite in the state folder, or PostgreSQL. Synchronous; :mod:`store` has the thread for it.

Readings and the cells that are made of them change in one transaction, so that they agree whatever ends the process. Cells
are always made anew from what is there: a reading that comes late, or from a vendor's series, changes the cells that it is in.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from attrs import astuple, field, frozen
from sqlalchemy import URL, ColumnElement, Connection, Engine, Table, delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from openpower_core.devices.roles import Role
from openpower_core.errors import ServiceUnavailable
from openpower_core.prices import PriceKind
from openpower_core.readings import Quality
from openpower_hub.figures import Figure, figures_of
from openpower_hub.history.cells import DAY, LEVELS, Layout, Part, Value, edges_of, merged, roll
from openpower_hub.history.opening import file_of, name_of, opened
from openpower_hub.history.tables import CELLS, DEVICES, PRICES, READINGS, RECEIPTS

QUALITIES: Final[tuple[Quality, ...]] = (
    Quality.LIVE,
    Quality.AVERAGE,
    Quality.DERIVED,
    Quality.ESTIMATED,
    Quality.CACHED,
)
"""By their place in the column ``quality``; new ones are added at the end."""
LONGEST_HOLD: Final = DAY
"""No reading stands longer than this (ms)."""
FOREVER: Final = 2**62
_BASE, *_LONGER = LEVELS


@frozen(kw_only=True)
class Device:
    """A device that has a history."""

    key: str
    home: str
    """The name of its home."""
    role: Role = field(converter=Role)
    provider: str
    tz: str | None = None
    id: int = 0
    """In the database; 0 before it is there."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone whose days count."""
        return ZoneInfo(self.tz or "UTC")


@frozen(kw_only=True)
class Sample:
    """A reading as it is kept."""

    at: int
    """When it begins to stand (ms)."""
    holds: int
    """For how long at most (ms)."""
    quality: int = 0
    origin: int = 0
    values: dict[str, Value]
    """By figure, scaled."""

    @property
    def row(self) -> dict[str, Any]:
        """Its columns."""
        return {"at": self.at, "holds": self.holds, "quality": self.quality, "origin": self.origin, **self.values}


class Database:
    """A history.

    Args:
        url: where it is.
        create: whether to make what is missing; else a file that is not there is an error.
    """

    def __init__(self, url: URL, *, create: bool = True) -> None:
        self._url = url
        self._create = create
        self._engine: Engine | None = None
        self._devices: dict[str, Device] = {}
        self._marks: dict[int, int] = {}  # up to when cells are made, by device; forgotten when others are made
        self._statements: dict[tuple[str, bool], Any] = {}

    @property
    def name(self) -> str:
        """What it is called in messages, without a password."""
        return name_of(self._url)

    @property
    def path(self) -> Path | None:
        """Its file; None of PostgreSQL, and in memory."""
        return file_of(self._url)

    def close(self) -> None:
        """Close it; the next call opens it again."""
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        """Run statements together, all or none.

        Raises:
            ConfigurationError: it is of a newer version, or what it needs is not installed.
            ServiceUnavailable: it cannot be read or written now.
        """
        try:
            if self._engine is None:
                self._engine = opened(self._url, create=self._create)
            with self._engine.begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise ServiceUnavailable(f"the history in {self.name} cannot be used ({why}).") from None

    # Devices

    def devices(self) -> dict[str, Device]:
        """All devices that have a history, by key."""
        with self.transaction() as connection:
            return self._read_devices(connection)

    def find(self, key: str) -> Device | None:
        """A device by its key; None if it has no history."""
        with self.transaction() as connection:
            return self._find(connection, key)

    def _read_devices(self, connection: Connection) -> dict[str, Device]:
        rows = [dict[str, Any](row) for row in connection.execute(select(DEVICES)).mappings()]
        self._devices = {row["key"]: Device(**row) for row in rows}
        return self._devices

    def _known(self, connection: Connection, device: Device) -> Device:
        """The device as it is in the database, which is brought up to date."""
        if device.key not in self._devices:
            self._read_devices(connection)
        values = {"home": device.home, "role": device.role.value, "provider": device.provider, "tz": device.tz}
        known = self._devices.get(device.key)
        if known is None:
            connection.execute(insert(DEVICES).values(key=device.key, **values))
        elif (known.home, known.tz) != (device.home, device.tz):
            connection.execute(update(DEVICES).where(DEVICES.c.id == known.id).values(**values))
        else:
            return known
        return self._read_devices(connection)[device.key]

    # Writing

    def write(
        self,
        samples: Sequence[tuple[Device, Sequence[Sample]]] = (),
        prices: Sequence[tuple[Device, Sequence[dict[str, Any]]]] = (),
        receipts: Sequence[tuple[Device, dict[str, Any]]] = (),
        *,
        now: int = FOREVER,
    ) -> None:
        """Add what is new, in one transaction; cells from after ``now``, when a clock was wrong, do not count as made."""
        try:
            with self.transaction() as connection:
                self._write_samples(
                    connection, [(self._known(connection, device), several) for device, several in samples], now
                )
                for device, rows in prices:
                    known = self._known(connection, device).id
                    self._put(connection, PRICES, [{"device": known, **row} for row in rows])
                for device, row in receipts:
                    known = self._known(connection, device).id
                    self._put(connection, RECEIPTS, [{"device": known, **row}], replace=False)
        except BaseException:
            self._devices, self._marks = {}, {}  # what was learnt in a transaction that did not happen
            raise

    def _write_samples(
        self, connection: Connection, samples: Sequence[tuple[Device, Sequence[Sample]]], now: int
    ) -> None:
        tables: dict[tuple[Role, bool], list[dict[str, Any]]] = {}
        for device, several in samples:
            for sample in several:
                tables.setdefault((device.role, not sample.origin), []).append({"device": device.id, **sample.row})
        for (role, live), rows in tables.items():
            # What was read when it happened is better than what the vendor says of it later.
            self._put(connection, READINGS[role], rows, replace=live)
        for device, several in samples:
            if device.id not in self._marks:
                self._marks[device.id] = self._rolled_until(connection, device, now)
            made = self._marks[device.id]
            if late := [sample.at for sample in several if sample.at < made]:
                self._roll_again(connection, device, min(late), max(late), made)

    def _roll_again(self, connection: Connection, device: Device, first: int, last: int, made: int) -> None:
        """Make the cells anew that readings belong to which came late."""
        table = READINGS[device.role]
        # A reading that stood until then, and no longer does, counts as well.
        near = (table.c.device == device.id, table.c.at >= first - LONGEST_HOLD, table.c.at <= last)
        reach: int = connection.scalar(select(func.max(table.c.at + table.c.holds)).where(*near)) or last
        self._roll(connection, device, first - first % _BASE, min(reach - reach % -_BASE, made))

    def _put(
        self, connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *, replace: bool = True
    ) -> None:
        if not rows:
            return
        statement = self._statements.get((table.name, replace))
        if statement is None:
            statement = import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)
            keys = [column.name for column in table.primary_key]
            others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
            if replace:
                statement = statement.on_conflict_do_update(index_elements=keys, set_=others)
            else:
                statement = statement.on_conflict_do_nothing(index_elements=keys)
            self._statements[table.name, replace] = statement
        connection.execute(statement, rows)

    # Cells

    def _rolled_until(self, connection: Connection, device: Device, now: int) -> int:
        """Up to when the device's readings are in its cells; 0 before the first."""
        table = CELLS[device.role]
        mine = (table.c.device == device.id, table.c.step == _BASE // 1000, table.c.at < now)
        last = connection.scalar(select(func.max(table.c.at)).where(*mine))
        return 0 if last is None else last + _BASE

    def roll(self, now: int) -> None:
        """Make the cells that are complete."""
        end = now - now % _BASE
        self._marks = {}
        with self.transaction() as connection:
            for device in self._read_devices(connection).values():
                if device.role in READINGS:
                    self._roll_device(connection, device, end)

    def _roll_device(self, connection: Connection, device: Device, end: int) -> None:
        table = READINGS[device.role]
        start = self._rolled_until(connection, device, end)
        mine = (table.c.device == device.id, table.c.at >= start - LONGEST_HOLD, table.c.at < end)
        reach = table.c.at + table.c.holds
        first, last = connection.execute(
            select(func.min(table.c.at), func.max(reach)).where(*mine, reach > start)
        ).one()
        if first is None:
            return
        start, end = max(start, first - first % _BASE), min(end, last - last % -_BASE)
        while start < end:  # a day at a time, so that few readings are in memory
            self._roll(connection, device, start, min(start + DAY, end))
            start += DAY

    def _roll(self, connection: Connection, device: Device, start: int, end: int) -> None:
        """Make all cells anew that ``[start, end)`` touches."""
        if end <= start:
            return
        edges = list(range(start, end + 1, _BASE))
        parts = self._rolled(connection, device, figures_of(device.role), edges, end)
        self._replace(connection, device, _BASE, edges, parts)
        for step in _LONGER:
            edges = edges_of(start, end, step, device.zone)
            figures = figures_of(device.role)
            found = self._stored(connection, device, figures, _BASE, edges[0], edges[-1])
            longer = {figure: merged(found[figure], edges, figure.kind) for figure in figures}
            self._replace(connection, device, step, edges, longer)

    def _rolled(
        self, connection: Connection, device: Device, figures: Sequence[Figure], edges: Sequence[int], now: int
    ) -> dict[Figure, dict[int, Part]]:
        """Cells made of readings; a reading that has no successor stands up to ``now`` at most."""
        rows = self._rows(connection, device, [figure.name for figure in figures], edges[0], edges[-1])
        ends = [*(row.at for row in rows[1:]), max(now, edges[0])][: len(rows)]
        spans = [(row.at, min(row.at + row.holds, end)) for row, end in zip(rows, ends, strict=True)]
        return {
            figure: roll(figure, spans, [row[place] for row in rows], edges) for place, figure in enumerate(figures, 4)
        }

    def _rows(
        self, connection: Connection, device: Device, names: Iterable[str], start: int, end: int
    ) -> Sequence[Any]:
        """Readings from ``start`` on: at, holds, quality, origin and figures; with the one before, if it may stand until then."""
        table = READINGS[device.role]
        columns = [table.c[name] for name in ("at", "holds", "quality", "origin", *names)]
        mine = table.c.device == device.id
        before = connection.scalar(
            select(func.max(table.c.at)).where(mine, table.c.at < start, table.c.at >= start - LONGEST_HOLD)
        )
        first = start if before is None else before
        rows = connection.execute(
            select(*columns).where(mine, table.c.at >= first, table.c.at < end).order_by(table.c.at)
        ).all()
        return rows if before is None or rows[0].at + rows[0].holds > start else rows[1:]

    def _stored(
        self, connection: Connection, device: Device, figures: Sequence[Figure], step: int, start: int, end: int
    ) -> dict[Figure, list[tuple[int, Part]]]:
        """Cells that are kept, of ``[start, end)``, by figure."""
        table = CELLS[device.role]
        names = [f"{figure.name}_{name}" for figure in figures for name in Layout.NAMES[figure.kind]]
        rows = connection.execute(
            select(table.c.at, *(table.c[name] for name in names))
            .where(table.c.device == device.id, table.c.step == step // 1000, table.c.at >= start, table.c.at < end)
            .order_by(table.c.at)
        ).all()
        found: dict[Figure, list[tuple[int, Part]]] = {}
        place = 1
        for figure in figures:
            cls, length = Layout.CLASSES[figure.kind], len(Layout.NAMES[figure.kind])
            some = cast("Any", itemgetter(slice(place, place + length)))
            found[figure] = [(row[0], cls(*some(row))) for row in rows if row[place] is not None]
            place += length
        return found

    def _replace(
        self,
        connection: Connection,
        device: Device,
        step: int,
        edges: Sequence[int],
        parts: dict[Figure, dict[int, Part]],
    ) -> None:
        table = CELLS[device.role]
        connection.execute(
            delete(table).where(
                table.c.device == device.id,
                table.c.step == step // 1000,
                table.c.at >= edges[0],
                table.c.at < edges[-1],
            )
        )
        rows: list[dict[str, Any]] = []
        for at in sorted({at for each in parts.values() for at in each}):
            row: dict[str, Any] = {"device": device.id, "step": step // 1000, "at": at}
            for figure, each in parts.items():
                names = [f"{figure.name}_{name}" for name in Layout.NAMES[figure.kind]]
                part = each.get(at)
                row |= dict.fromkeys(names) if part is None else dict(zip(names, astuple(part), strict=True))
            rows.append(row)
        if rows:
            connection.execute(insert(table), rows)

    # Reading

    def series(
        self, key: str, figure: Figure, start: int, end: int, step: int, now: int
    ) -> list[tuple[int, int, Part]]:
        """Cells of a figure: start, end and what it was; see :meth:`Store.series`."""
        with self.transaction() as connection:
            device = self._find(connection, key)
            if device is None or device.role is not figure.role or end <= start:
                return []
            edges = edges_of(start, end, step, device.zone)
            level = next((each for each in reversed(LEVELS) if not step % each), None)
            if level is None:
                cells = self._rolled(connection, device, [figure], edges, now)[figure]
            else:
                parts = self._stored(connection, device, [figure], level, edges[0], edges[-1])[figure]
                # What is not in a cell yet.
                fresh = max(self._rolled_until(connection, device, now), edges[0] - edges[0] % _BASE)
                if fresh < edges[-1] and fresh < now:
                    tail = list(range(fresh, min(edges[-1], now + _BASE) + 1, _BASE))
                    if len(tail) > 1:
                        parts += sorted(
                            self._rolled(connection, device, [figure], tail, now)[figure].items(), key=itemgetter(0)
                        )
                cells = merged(parts, edges, figure.kind)
            ends = dict(pairwise(edges))
            return [(at, ends[at], part) for at, part in sorted(cells.items(), key=itemgetter(0))]

    def _find(self, connection: Connection, key: str) -> Device | None:
        return self._devices.get(key) or self._read_devices(connection).get(key)

    def readings(self, key: str, start: int, end: int) -> list[Any]:
        """The readings of a device in ``[start, end)``: at, holds, quality, origin, and a value for each figure."""
        with self.transaction() as connection:
            device = self._find(connection, key)
            if device is None or device.role not in READINGS:
                return []
            names = [figure.name for figure in figures_of(device.role)]
            rows = self._rows(connection, device, names, start, end)
            return [row for row in rows if row.at >= start]

    def cells(self, key: str, start: int, end: int) -> dict[int, dict[Figure, Part]]:
        """All figures of a device in each five minutes of ``[start, end)`` that is complete."""
        with self.transaction() as connection:
            device = self._find(connection, key)
            if device is None or device.role not in READINGS:
                return {}
            cells: dict[int, dict[Figure, Part]] = {}
            found = self._stored(connection, device, figures_of(device.role), _BASE, start, end)
            for figure, parts in found.items():
                for at, part in parts:
                    cells.setdefault(at, {})[figure] = part
            return cells

    def known_until(self, key: str, before: int) -> int | None:
        """Up to when a device's last reading before an instant stood, or a retailer's last price that was no forecast.

        None without any.
        """
        with self.transaction() as connection:
            device = self._find(connection, key)
            if device is None:
                return None
            table = READINGS.get(device.role, PRICES)
            until = table.c.until if table is PRICES else table.c.at + table.c.holds
            mine = [table.c.device == device.id, table.c.at < before]
            if table is PRICES:
                mine.append(table.c.kind != PriceKind.FORECAST.value)
            until = func.coalesce(until, before)  # a price without an end
            found: int | None = connection.scalar(select(until).where(*mine).order_by(table.c.at.desc()).limit(1))
            return None if found is None else min(found, before)

    def prices(self, key: str, channel: str, start: int, end: int) -> list[dict[str, Any]]:
        """The prices that touch ``[start, end)``, in time order."""
        with self.transaction() as connection:
            device = self._find(connection, key)
            if device is None:
                return []
            column = PRICES.c
            mine = (column.device == device.id, column.channel == channel, column.at < end)
            running = func.coalesce(column.until, end + 1) > start
            found = connection.execute(select(PRICES).where(*mine, running).order_by(column.at)).mappings()
            return [dict(row) for row in found]

    def receipts(self, key: str | None, start: int, end: int, limit: int) -> list[dict[str, Any]]:
        """What writes became of, newest first."""
        column = RECEIPTS.c
        where: list[ColumnElement[bool]] = [column.seen_at >= start, column.seen_at < end]
        if key is not None:
            where.append(DEVICES.c.key == key)
        names = DEVICES.c.key.label("key"), DEVICES.c.home.label("home")
        statement = select(RECEIPTS, *names).join(DEVICES, DEVICES.c.id == column.device).where(*where)
        with self.transaction() as connection:
            found = connection.execute(statement.order_by(column.seen_at.desc(), column.id).limit(limit)).mappings()
            return [dict(row) for row in found]

    # Retention

    def prune(self, before: int) -> bool:
        """Delete readings older than that, a day of them at most; returns whether there are more."""
        more = False
        with self.transaction() as connection:
            for device in self._read_devices(connection).values():
                if device.role not in READINGS:
                    continue
                table = READINGS[device.role]
                oldest = connection.scalar(select(func.min(table.c.at)).where(table.c.device == device.id))
                # What is in no cell yet stays.
                limit = min(before, self._rolled_until(connection, device, FOREVER) - LONGEST_HOLD)
                if oldest is not None and oldest < limit:
                    until = min(limit, oldest + DAY)
                    connection.execute(delete(table).where(table.c.device == device.id, table.c.at < until))
                    more |= until < limit
        return more
