"""What openpower knows about an inverter, and the library's sensors of one reading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from attrs import frozen

from openpower_core.provider import PartialData

_RATING: Final = re.compile(r"GW?(\d+(?:\.\d+)?)(K?)")


class Family(StrEnum):
    """The three kinds of inverters, by how they are spoken to."""

    ET = "ET"
    """Hybrids of the platforms 205, 745 and 753: ET, EH, BT, BH, GEH, newer ES."""
    ES = "ES"
    """Hybrids of the platform 105: ES, EM, BP."""
    DT = "DT"
    """Grid-tied inverters without a battery: DT, MS, D-NS, XS."""

    @property
    def unit(self) -> int:
        """The address that it listens to unless it was changed."""
        return 0x7F if self is Family.DT else 0xF7


@frozen(kw_only=True)
class Facts:
    """One inverter."""

    family: Family
    serial: str
    model: str | None = None
    rated_w: int | None = None
    firmware: str | None = None
    arm_firmware: str | None = None
    single_phase: bool = True
    slots_known: bool = True
    """Whether it has said which eco slots it has; else they are neither read nor written."""
    slot_bytes: int | None = None
    """How long its eco slots are: 8 or 12 bytes; None without any."""
    slots_per_mille: bool = False
    """Whether the slots' power counts in per mille (745 platform) unless they say otherwise."""
    slots_at: int | None = None
    """The register of the first eco slot."""
    fast_charging: bool = False
    fast_charging_power: bool = False
    """Whether fast charging has a power setting."""

    def check_slots_known(self) -> None:
        """Refuse what needs the eco slots while nobody knows how long they are, or where: a wrong guess writes elsewhere.

        Raises:
            PartialData: the inverter has not said.
        """
        if not self.slots_known:
            raise PartialData(
                "the inverter has not said which eco slots it has.",
                provider="goodwe-local",
                hint="It was busy or silent; devices(refresh=True) asks again.",
            )


def rated_by_name(model: str | None) -> int | None:
    """The rated power (W) in a model's name; None where there is none.

    >>> rated_by_name("GW50KS-MT"), rated_by_name("GW5000-MS"), rated_by_name("GW5048-ESA")
    (50000, 5000, 5000)
    """
    found = _RATING.search(model or "")
    if found is None:
        return None
    number = float(found[1])
    if found[2]:
        return round(number * 1000)
    # GW3648-ES, GW5048-EM: the last two digits are the battery's 48 V.
    return round(number) // 100 * 100 if number >= 1000 else None


class RuntimeData(Mapping[str, Any]):
    """One reading of an inverter: the library's sensors by their ids, as keys and as attributes; immutable.

    Signs are GoodWe's: batteries + discharging, the grid **+ exporting**. A sensor that could not be read is None.

    >>> data = RuntimeData({"ppv": 3456, "active_power": -3})
    >>> data["ppv"], data.active_power, data.get("novel")
    (3456, -3, None)
    """

    __slots__ = ("_values", "failures", "unset")

    def __init__(
        self, values: Mapping[str, Any], failures: Mapping[int, str] | None = None, unset: Iterable[str] = ()
    ) -> None:
        self._values = dict(values)
        self.failures: Mapping[int, str] = dict(failures or {})
        """Blocks that could not be read, by their first register, and why; what they hold is not known."""
        self.unset = frozenset(unset)
        """Sensors whose registers hold no value; the library reads them as 0, -1 or the like."""

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
