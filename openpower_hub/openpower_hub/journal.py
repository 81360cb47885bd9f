"""The commands that a planner sent, in a file in the state folder, so that restarts neither repeat them nor exceed budgets."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import attrs
from attrs import define

from openpower_core.connection.context import state_folder

_log = logging.getLogger("openpower.hub")

DAY: Final = timedelta(hours=24)
_KEPT: Final = timedelta(hours=48)


@define(kw_only=True)
class Sent:
    """A command that a planner sent."""

    by: str
    """Which of its rules."""
    key: str
    """Of which device."""
    operation: str
    """A key of :data:`~openpower_hub.control.OPERATIONS`."""
    start: datetime
    """When it was sent (UTC)."""
    end: datetime
    """When it ends, or ended (UTC)."""
    id: str = ""
    """The write's id, as receipts have it; empty as long as its result is not known."""
    value: float | None = None
    """Of a limit: what was set."""
    before: float | None = None
    """Of a limit: what there was before."""
    open: bool = False
    """Of a limit: whether that has to be put back yet."""
    writes: int = 1
    """How many commands were sent for it."""


class Journal:
    """The commands that a planner sent in the last two days, in a file that the next process reads."""

    def __init__(self, name: str, clock_now: datetime) -> None:
        self._path = state_folder() / f"{name}.json"
        self._failed = False
        self.sent: list[Sent] = []
        try:
            self.sent = [_read(each) for each in json.loads(self._path.read_text(encoding="utf-8"))]
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, KeyError) as error:
            _log.warning("%s cannot be read (%s); what was sent before is not known.", self._path, error)
        self._forget(clock_now)

    def add(self, sent: Sent) -> Sent:
        """Remember a command."""
        self._forget(sent.start)
        self.sent.append(sent)
        self.save()
        return sent

    def save(self) -> None:
        """Write the file anew; a full disk costs one warning."""
        data = json.dumps([attrs.asdict(each, value_serializer=_written) for each in self.sent])
        draft = self._path.with_name(f".{self._path.name}-{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.write_text(data, encoding="utf-8")
            draft.replace(self._path)
        except OSError as error:
            if not self._failed:
                _log.warning("%s cannot be written (%s); it is kept in memory only.", self._path, error.strerror)
            self._failed = True
        else:
            self._failed = False

    def _forget(self, now: datetime) -> None:
        self.sent = [each for each in self.sent if each.open or each.end > now - _KEPT]

    def find(self, id: str) -> Sent | None:  # noqa: A002 - as receipts call it
        """The command of a write's id; None if it was somebody else's."""
        return next((each for each in self.sent if each.id == id), None)

    def of(self, by: str, key: str | None = None) -> Iterator[Sent]:
        """The commands of a rule, of one device or all."""
        return (each for each in self.sent if each.by == by and key in (None, each.key))

    def running(self, key: str, now: datetime) -> Sent | None:
        """The last command for a device, if its end has not come."""
        last = next((each for each in reversed(self.sent) if each.key == key), None)
        return last if last is not None and last.end > now else None

    def writes(self, by: str, now: datetime) -> int:
        """How many commands a rule sent within the last 24 hours."""
        return sum(each.writes for each in self.of(by) if each.start > now - DAY)


def left_open(names: Iterable[str], now: datetime) -> Iterator[Sent]:
    """The limits that planners set and have not put back, such as before a crash."""
    for name in names:
        yield from (each for each in Journal(name, now).sent if each.open)


def _written(_: Any, __: Any, value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(entry: Mapping[str, Any]) -> Sent:
    about: dict[str, Any] = {**entry}
    about |= {name: datetime.fromisoformat(entry[name]) for name in ("start", "end")}
    return Sent(**about)
