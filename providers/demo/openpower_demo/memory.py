"""The box's own memory: with a state folder, the home goes on from where the last connection left it."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.provider import OpenPowerError, structure, unstructure
from openpower_demo.current import KINDS, Current, kind_of, to_controls
from openpower_simulation import House, Plant

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Memory"]

_log = logging.getLogger("openpower.demo")
_KEPT: Final = timedelta(days=7)
"""How far back a course of events is played again; of what is older, only the outcome counts."""


class Memory:
    """A file with everything that was put into one home's box, and when; connections play it again.

    Two connections that are open at the same time do not see each other's changes: one home, one at a time.
    """

    def __init__(self, folder: Path, plant: Plant) -> None:
        self._path = folder / f"demo-home-{plant.seed}.json"
        self._plant: Any = unstructure(plant)

    def add(self, at: datetime, value: Current) -> None:
        """Remember what was put into the box."""
        events = [*self._events(), (at, value)]
        kept = [
            {"at": when.isoformat(), "kind": kind_of(each), "value": unstructure(each)}
            for when, each in _shortened(events, at - _KEPT)
        ]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps({"plant": self._plant, "events": kept}), encoding="utf-8")
        beside.replace(self._path)

    def house(self, plant: Plant, now: datetime) -> House:
        """The house as all that was put into it has made it."""
        events = _shortened(self._events(), now - _KEPT)
        if events and events[-1][0] > now:  # somebody plays with the clock: another course of time
            events = []
        house = House(plant, start=events[0][0] if events else now)
        for at, value in events:
            house.change(at, **to_controls(value))
        return house

    def _events(self) -> list[tuple[datetime, Current]]:
        try:
            data = json.loads(self._path.read_text(encoding="utf-8"))
            if data["plant"] != self._plant:  # another home of the same number
                return []
            return [
                (datetime.fromisoformat(each["at"]), structure(KINDS[each["kind"]], each["value"]))
                for each in data["events"]
            ]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, LookupError, TypeError, OpenPowerError):
            _log.warning("%s cannot be read, so the simulated home begins anew.", self._path)
            return []


def _shortened(events: list[tuple[datetime, Current]], oldest: datetime) -> list[tuple[datetime, Current]]:
    """The events since ``oldest``, and before them the last one of each kind, moved there."""
    before = {kind_of(value): value for at, value in events if at < oldest}
    return [(oldest, value) for value in before.values()] + [(at, value) for at, value in events if at >= oldest]
