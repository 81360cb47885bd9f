"""Histories for tests: devices, readings in whole seconds, and what cells must be, counted second by second."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from openpower_core.devices.roles import Role
from openpower_hub.figures import Kind, figures_of
from openpower_hub.history.cells import Value, growth, to_ms
from openpower_hub.history.database import Database, Device, Sample

START = datetime(2026, 6, 1, tzinfo=UTC)
BATTERY = Device(key="demo_1_battery", home="house", role=Role.BATTERY, provider="demo", tz="Europe/Berlin")
METER = Device(key="demo_1_meter", home="house", role=Role.METER, provider="demo", tz="Europe/Berlin")


def sqlite_in(folder: Path) -> Database:
    """A history in a file of its own."""
    return Database(URL.create("sqlite", database=str(folder / "history.sqlite")))


def ms(second: int, start: datetime = START) -> int:
    """The time of a second."""
    return to_ms(start) + second * 1000


def sample(second: int, holds_s: int = 20, *, start: datetime = START, origin: int = 0, **values: Value) -> Sample:
    """A battery's reading."""
    known: dict[str, Value] = {figure.name: None for figure in figures_of(Role.BATTERY)}
    return Sample(at=ms(second, start), holds=holds_s * 1000, origin=origin, values=known | values)


def figure(name: str, role: Role = Role.BATTERY) -> Any:
    """A figure by its name."""
    return next(each for each in figures_of(role) if each.name == name)


def by_second(samples: Iterable[Sample], name: str, seconds: Sequence[int]) -> list[Value]:
    """What a figure was in each second (ms): the last reading, None where that is too old or there was none."""
    ordered = sorted({each.at: each for each in samples}.values(), key=lambda each: each.at)
    known: list[Value] = []
    place, last = 0, None
    for at in seconds:
        while place < len(ordered) and ordered[place].at <= at:
            last, place = ordered[place], place + 1
        known.append(last.values[name] if last is not None and at < last.at + last.holds else None)
    return known


def gauge(known: Sequence[Value], *, step_ms: int = 1000) -> tuple[int, ...] | None:
    """What a gauge's cell must be, of its value in each second: known ms, sum, low, high, last and what was above zero."""
    values = [value for value in known if isinstance(value, int)]
    if not values:
        return None
    total, above = sum(values) * step_ms, sum(max(value, 0) for value in values) * step_ms
    return len(values) * step_ms, total, min(values), max(values), values[-1], above


def counter(known: Sequence[Value], kind: Kind) -> tuple[int, int, int] | None:
    """What a counter's cell must be: first, last, and by how much it grew from one second to the next that is known."""
    values = [value for value in known if isinstance(value, int)]
    if not values:
        return None
    return values[0], values[-1], sum(growth(before, after, kind) for before, after in pairwise(values))
