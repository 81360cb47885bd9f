"""A reading block by block: what one block of registers refuses, or does not answer, costs its own sensors only.

The library gives up the whole reading at one block, or never asks for it again. Here a block that failed is asked for
again at the next reading. Only one that has never answered, and is refused three times as something that does not exist
or is silent in three readings, is taken for missing, and asked for again after a while.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.provider import Clock, OpenPowerError
from openpower_goodwe.local.client.adapter import MISSING, load
from openpower_goodwe.local.models import Family, RuntimeData

if TYPE_CHECKING:
    from collections.abc import Sequence

_AGAIN: Final = timedelta(minutes=10).total_seconds()
_TIMES: Final = 3

_BATTERY: Final = ("_READ_BATTERY_INFO", "_sensors_battery")
_SECOND: Final = (
    ("_READ_BATTERY2_INFO_EXTENDED", "_sensors_battery2_extended"),
    ("_READ_BATTERY2_INFO", "_sensors_battery2"),
)
_METERS: Final = ("_READ_METER_DATA_EXTENDED2", "_READ_METER_DATA_EXTENDED", "_READ_METER_DATA")
_TELLING: Final = {"battery_mode", "battery2_mode", "meter_active_power"}
"""What says which parts an inverter has."""
_MPPT: Final = ("_READ_MPPT_DATA", "_sensors_mppt")
_BLOCK_OF_THEIR_OWN: Final = frozenset({5, 6, 7, 8})
_BEYOND: Final = {
    3: {"vpv3", "ppv3"},
    4: {"vpv4", "ppv4"},
    **{index: {f"pmppt{index}"} for index in _BLOCK_OF_THEIR_OWN},
}
"""Strings that not every inverter has, and what shows that one is there."""


class Blocks:
    """Reads one inverter, and remembers which blocks it has seen and which it has not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = set[str]()
        self._silent = dict[str, int]()
        """How many readings in a row a block that has never answered was silent."""
        self._missing = dict[str, float]()
        """When a block that is believed not to exist was asked for last."""
        self._strings = set[int]()
        """Strings beyond the second, once they had a voltage or a power."""
        self._failures = dict[int, str]()
        self._unset = set[str]()

    @property
    def incomplete(self) -> bool:
        """Whether the last reading lacked something that may be there by now."""
        return bool(self._failures or self._missing or self._silent or self._unset & _TELLING)

    def retry(self) -> None:
        """Ask again for what was missing, at the next reading."""
        self._missing.clear()
        self._silent.clear()

    async def read(self, inverter: Any, family: Family) -> RuntimeData:
        """All sensors; those of a block that could not be read are None, and its failure is told."""
        self._failures.clear()
        self._unset.clear()
        if family is Family.ES:
            response = await _ask(inverter, "_READ_DEVICE_RUNNING_DATA")
            return RuntimeData(self._values(response, inverter.sensors()), unset=self._unset)
        response = await _ask(inverter, "_READ_RUNNING_DATA")
        hidden = _hidden_strings(inverter)
        data = self._values(response, [*inverter._sensors, *hidden])  # noqa: SLF001
        if family is Family.DT:
            await self._add(inverter, data, "_READ_METER_DATA", "_sensors_meter")
            data["house_consumption"] = _consumption(data)
        else:
            await self._add_parts(inverter, data)
        self._drop_absent(data, {sensor.id_ for sensor in hidden})
        if _MPPT[0] in self._seen and not self._strings & _BLOCK_OF_THEIR_OWN:
            # Its first four trackers are in the running data as well: nothing is lost with it.
            self._failures.pop(_first(inverter, _MPPT[0]), None)
        return RuntimeData(data, self._failures, self._unset)

    async def _add_parts(self, inverter: Any, data: dict[str, Any]) -> None:
        if inverter._has_battery2:  # noqa: SLF001
            for block, sensors in _SECOND:
                await self._add(inverter, data, block, sensors)
        if data.get("battery_mode") or "battery_mode" in self._unset:
            await self._add(inverter, data, *_BATTERY)
        await self._meter(inverter, data)
        if inverter._has_mppt:  # noqa: SLF001
            await self._add(inverter, data, *_MPPT)

    def _drop_absent(self, data: dict[str, Any], hidden: set[str]) -> None:
        """Drop the registers of strings that an inverter of this size usually does not have, unless one has shown itself."""
        for index, sensors in _BEYOND.items():
            names = data.keys() & sensors
            if any(data[name] for name in names - self._unset):
                self._strings.add(index)
            elif names and index not in self._strings and (names <= self._unset or names <= hidden):
                for name in [each for each in data if each in names or f"pv{index}" in each]:
                    del data[name]
                    self._unset.discard(name)

    async def _meter(self, inverter: Any, data: dict[str, Any]) -> None:
        # The longest that it has: older firmware refuses the longer ones. All begin at the same register.
        for block in _METERS if inverter._has_meter_extended2 else _METERS[-1:]:  # noqa: SLF001
            if await self._add(inverter, data, block, "_sensors_meter"):
                self._failures.pop(_first(inverter, block), None)
                return

    async def _add(self, inverter: Any, data: dict[str, Any], block: str, sensors: str) -> bool:
        if self._clock.monotonic() - self._missing.get(block, -_AGAIN) < _AGAIN:
            return False
        described: Sequence[Any] = getattr(inverter, sensors)
        if block in _METERS:  # one list for all lengths
            described = [each for each in described if _within(inverter, block, each)]
        try:
            response = await self._ask(inverter, block)
        except (load("goodwe.exceptions").InverterError, OpenPowerError) as error:
            if self._exists(block, error):
                data.update(dict.fromkeys(each.id_ for each in described))
                self._failures[_first(inverter, block)] = _why(error)
            return False
        self._seen.add(block)
        self._silent.pop(block, None)
        data.update(self._values(response, described))
        return True

    def _values(self, response: Any, sensors: Sequence[Any]) -> dict[str, Any]:
        """The library's values, of which those without a register's value behind them are noted."""
        values: dict[str, Any] = {}
        registers = _Registers(response)
        for sensor in sensors:
            registers.unset = False
            try:
                values[sensor.id_] = sensor.read(registers)
            except ValueError:  # a time of month 0, and the like
                values[sensor.id_], registers.unset = None, True
            if registers.unset:
                self._unset.add(sensor.id_)
                if sensor.id_.endswith(("_soc", "_soh")):
                    values[sensor.id_] = None  # the library's 0 % is a level like any other
        return values

    async def _ask(self, inverter: Any, block: str) -> Any:
        """Ask for a block; one that was never seen, may not exist, and is refused is asked for two more times at once."""
        known = block in self._seen or block in self._missing or block == _BATTERY[0]
        for _ in range(0 if known else _TIMES - 1):
            try:
                return await _ask(inverter, block)
            except load("goodwe.exceptions").RequestRejectedException as error:
                if error.message not in MISSING:
                    raise
        return await _ask(inverter, block)

    def _exists(self, block: str, error: Exception) -> bool:
        """Whether a block that failed is to be counted on: only what is refused, or silent, several times is not there."""
        # The battery's is asked for only where there is a battery, whose level must not be missing in silence.
        if block in self._seen or block == _BATTERY[0]:
            return True
        message = getattr(error, "message", "")
        if message not in MISSING:
            if _refused(error):
                return True  # busy, or in trouble
            self._silent[block] = silent = self._silent.get(block, 0) + 1
            if silent < _TIMES:
                return True
        self._missing[block] = self._clock.monotonic()
        return False


def _first(inverter: Any, block: str) -> int:
    first: int = getattr(inverter, block).first_address
    return first


def _refused(error: Exception) -> bool:
    return isinstance(error, load("goodwe.exceptions").RequestRejectedException)


def _why(error: Exception) -> str:
    message: str = getattr(error, "message", "")
    if _refused(error):
        return f"refused: {message}"
    return message if isinstance(error, OpenPowerError) else "no answer"


def _hidden_strings(inverter: Any) -> list[Any]:
    """The sensors of strings 3 and 4 (registers 35111 to 35119) where the library leaves them out.

    It knows by name which small models have four trackers, and newer ones are missing there: a GW8.6K-EHB with serial
    number 98600NAF… has (mletenay/home-assistant-goodwe-inverter#385 and #477). Models with two hold 0 or 0xFFFF there.
    """
    known = {each.id_ for each in inverter._sensors}  # noqa: SLF001
    every: Sequence[Any] = getattr(inverter, "_ET__all_sensors", ())
    return [each for each in every if ("pv3" in each.id_ or "pv4" in each.id_) and each.id_ not in known]


async def _ask(inverter: Any, block: str) -> Any:
    return await inverter._read_from_socket(getattr(inverter, block))  # noqa: SLF001


class _Registers:
    """A response that notices when what is read from it is no value: all bits set, or all but the sign's.

    By watching what the library reads, so that the width of each register and what a sensor is computed of are its own.
    """

    def __init__(self, response: Any) -> None:
        self._response = response
        self.unset = False

    def seek(self, address: int) -> None:
        """Go to a register."""
        self._response.seek(address)

    def read(self, size: int) -> bytes:
        """Read some bytes."""
        data: bytes = self._response.read(size)
        signs = (b"\xff",) if size == 1 else (b"\xff", b"\x7f")
        self.unset |= data[:1] in signs and not data[1:].strip(b"\xff")
        return data


def _within(inverter: Any, block: str, sensor: Any) -> bool:
    """Whether a sensor lies in a block: beyond its end the library would read zeros."""
    command = getattr(inverter, block)
    first, count = command.first_address, command.value
    return not sensor.size_ or first <= sensor.offset < first + count


def _consumption(data: dict[str, Any]) -> float | None:
    pv, grid = data.get("ppv"), data.get("meter_active_power")
    return None if pv is None or grid is None else abs(pv - grid)
