"""What an inverter tells, in the library's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["RuntimeData"]


class RuntimeData(Mapping[str, Any]):
    """One look at an inverter: the library's sensors by their ids, as keys and as attributes; immutable.

    Signs are GoodWe's: batteries + discharging, the grid **+ exporting**. A sensor that could not be read is None.

    >>> data = RuntimeData({"ppv": 3456, "active_power": -3})
    >>> data["ppv"], data.active_power, data.get("novel")
    (3456, -3, None)
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, sensor: str) -> Any:
        return self._values[sensor]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __getattr__(self, sensor: str) -> Any:
        # Names with underscores in front are asked for by copy and pickle before there are any values.
        if sensor.startswith("_") or sensor not in self._values:
            raise AttributeError(f"this inverter has no sensor {sensor!r}")
        return self._values[sensor]

    def __repr__(self) -> str:
        return f"RuntimeData({len(self._values)} sensors)"
