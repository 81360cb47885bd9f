"""The simulated home conforms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from attrs import define

from openpower_core.clock import ManualClock
from openpower_simulation import House, Plant
from openpower_testing import Conformance, Transport


class Counted(House):
    """A house that counts its reads and writes."""

    asked = 0
    reported = 0

    def at(self, now: datetime) -> Any:
        self.asked += 1
        return super().at(now)

    def change(self, now: datetime, **settings: Any) -> Any:
        self.reported += 1
        return super().change(now, **settings)


@define
class Home:
    """A house to move into."""

    house: Counted

    @property
    def options(self) -> Mapping[str, Any]:
        return {"house": self.house}

    @property
    def requests(self) -> int:
        return self.house.asked + self.house.reported

    @property
    def writes(self) -> int:
        return self.house.reported


class TestDemo(Conformance):
    provider = "demo"
    transport = Transport.NONE

    @contextmanager
    def home(self, clock: ManualClock) -> Iterator[Home]:
        plant = Plant(tz="Europe/Berlin", latitude=52.5, currency="EUR", seed=7)
        yield Home(Counted(plant, start=clock.now()))
