"""A reading block by block: what one block of registers refuses, or does not answer, costs its own sensors only.

The library gives up the whole reading at one block, or never asks for it again. Here a block that failed is asked for
again at the next reading if it has ever answered, and after a while if it has not: a part that seems to be missing may
have been busy.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.provider import Clock, OpenPowerError
from openpower_goodwe.local.client.adapter import load
from openpower_goodwe.local.models import Family

if TYPE_CHECKING:
    from collections.abc import Sequence

_AGAIN: Final = timedelta(minutes=10).total_seconds()

_BATTERY: Final = ("_READ_BATTERY_INFO", "_sensors_battery")
_SECOND: Final = (
    ("_READ_BATTERY2_INFO_EXTENDED", "_sensors_battery2_extended"),
    ("_READ_BATTERY2_INFO", "_sensors_battery2"),
)
_METERS: Final = ("_READ_METER_DATA_EXTENDED2", "_READ_METER_DATA_EXTENDED", "_READ_METER_DATA")
_MPPT: Final = ("_READ_MPPT_DATA", "_sensors_mppt")


class Blocks:
    """Reads one inverter, and remembers which blocks it has seen and which it has not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = set[str]()
        self._missing = dict[str, float]()
        """When a block that has never answered was asked for last."""

    def retry(self) -> None:
        """Ask again for what was missing, at the next reading."""
        self._missing.clear()

    async def read(self, inverter: Any, family: Family) -> dict[str, Any]:
        """All sensors; those of a block that answered earlier and fails now are None."""
        if family is Family.ES:
            return dict(await inverter.read_runtime_data())
        response = await _ask(inverter, "_READ_RUNNING_DATA")
        data: dict[str, Any] = _values(inverter, response, inverter._sensors)  # noqa: SLF001
        if family is Family.DT:
            await self._add(inverter, data, "_READ_METER_DATA", "_sensors_meter")
            data["house_consumption"] = _consumption(data)
            return data
        if inverter._has_battery2:  # noqa: SLF001
            for block, sensors in _SECOND:
                await self._add(inverter, data, block, sensors)
        if data.get("battery_mode"):
            await self._add(inverter, data, *_BATTERY)
        await self._meter(inverter, data)
        if inverter._has_mppt:  # noqa: SLF001
            await self._add(inverter, data, *_MPPT)
        return data

    async def _meter(self, inverter: Any, data: dict[str, Any]) -> None:
        # The longest that it has: older firmware refuses the longer ones.
        for block in _METERS if inverter._has_meter_extended2 else _METERS[-1:]:  # noqa: SLF001
            if await self._add(inverter, data, block, "_sensors_meter"):
                return

    async def _add(self, inverter: Any, data: dict[str, Any], block: str, sensors: str) -> bool:
        now = self._clock.monotonic()
        if block not in self._seen and now - self._missing.get(block, -_AGAIN) < _AGAIN:
            return False
        described: Sequence[Any] = getattr(inverter, sensors)
        if block in _METERS:  # one list for all lengths
            described = [each for each in described if _within(inverter, block, each)]
        try:
            response = await _ask(inverter, block)
        except (load("goodwe.exceptions").InverterError, OpenPowerError):
            self._missing[block] = now
            if block in self._seen:
                data.update(dict.fromkeys(each.id_ for each in described))
            return False
        self._seen.add(block)
        data.update(_values(inverter, response, described))
        return True


async def _ask(inverter: Any, block: str) -> Any:
    return await inverter._read_from_socket(getattr(inverter, block))  # noqa: SLF001


def _values(inverter: Any, response: Any, sensors: Sequence[Any]) -> dict[str, Any]:
    return dict(inverter._map_response(response, sensors))  # noqa: SLF001


def _within(inverter: Any, block: str, sensor: Any) -> bool:
    """Whether a sensor lies in a block: beyond its end the library would read zeros."""
    command = getattr(inverter, block)
    first, count = command.first_address, command.value
    return not sensor.size_ or first <= sensor.offset < first + count


def _consumption(data: dict[str, Any]) -> float | None:
    pv, grid = data.get("ppv"), data.get("meter_active_power")
    return None if pv is None or grid is None else abs(pv - grid)
