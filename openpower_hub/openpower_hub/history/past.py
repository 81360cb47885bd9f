"""What the hub has recorded, for ``openpower history``: read while the hub runs, or without it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from openpower_core.devices.info import DeviceInfo
from openpower_core.devices.roles import Role
from openpower_core.readings import Quality, Reading, Stamp
from openpower_hub.config import HistoryConfig
from openpower_hub.config_file import find_file, read_config
from openpower_hub.figures import Figure, figures_of
from openpower_hub.history.cells import LEVELS, Part, to_cells, to_ms, to_time
from openpower_hub.history.database import Database
from openpower_hub.history.rows import assembled, reading_of
from openpower_hub.history.store import location
from openpower_hub.names import device_key

LONGEST: Final = timedelta(days=8)
"""Of longer times than that only means of five minutes are given."""
_ENOUGH: Final = 0.98
"""What share of a time has to be recorded, so that the vendor need not be asked."""
_STEP: Final = LEVELS[0]


def recorded(
    devices: Sequence[DeviceInfo], start: datetime, end: datetime, *, every: bool, now: datetime | None = None
) -> dict[str, list[Reading]]:
    """What is recorded of ``[start, end)``, by the device's id; a device of which it is not all there is left out.

    Args:
        devices: which.
        start: UTC.
        end: UTC; what is ahead does not count.
        every: every reading, where they are still kept, instead of means of five minutes.
        now: the time (default: the machine's).

    Raises:
        OpenPowerError: the history cannot be read.
    """
    file = find_file()
    url = location(HistoryConfig() if file is None else read_config(file).history)
    database = Database(url, create=False)
    if database.path is not None and not database.path.exists():
        return {}
    first, last = to_ms(start), to_ms(min(end, now or datetime.now(UTC)))
    try:
        found = {each.id: _of(database, each, first, last, every=every) for each in devices}
    finally:
        database.close()
    return {name: readings for name, readings in found.items() if readings}


def _of(database: Database, info: DeviceInfo, start: int, end: int, *, every: bool) -> list[Reading]:
    key = device_key(info)
    cells = database.cells(key, start, end)
    expected = (end - start) // _STEP
    # The last ones are not complete yet.
    if not cells or len(cells) + 2 < _ENOUGH * expected:
        return []
    if every and timedelta(milliseconds=end - start) <= LONGEST:
        rows = database.readings(key, start, end)
        if rows and rows[0].at <= min(cells) + _STEP:
            return [reading_of(info.role, row) for row in rows]
    return [_mean(info.role, at, parts) for at, parts in cells.items()]


def _mean(role: Role, at: int, parts: dict[Figure, Part]) -> Reading:
    """Five minutes as a reading: means of what goes up and down, and where counters stood at the end."""
    values: dict[tuple[str | int, ...], float | str | None] = {}
    for figure in figures_of(role):
        if (part := parts.get(figure)) is not None:
            (cell,) = to_cells(figure, [(at, at + _STEP, part)])
            values[figure.path] = cell.last if cell.mean is None else cell.mean
    interval = to_time(at), to_time(at + _STEP)
    stamp = Stamp(
        received_at=interval[1],
        measured_at=interval[0],
        quality=Quality.AVERAGE,
        source="history of the hub",
        interval=interval,
    )
    return assembled(role, stamp, values)
