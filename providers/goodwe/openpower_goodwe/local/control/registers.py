"""Reading and writing what the documents hold, register by register; coroutines in both flavours.

Addresses are those of library 0.4.10. The library's own setters are not used for eco slots and work modes: they
switch off the user's slots and reset battery parameters on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_goodwe.local.control.program import ControlState, FastCharge
from openpower_goodwe.local.control.settings import ExportLimit
from openpower_goodwe.local.control.slots import SLOTS
from openpower_goodwe.local.models import Facts, Family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_goodwe.local.adapter import RawWork, Wire

__all__ = ["changes", "control", "export_changes", "export_limit", "reserve", "reserve_change", "write"]

_WORK_MODE: Final = 47000
_EMS_MODE: Final = 47511
_EMS_POWER: Final = 47512
_FAST: Final = 47545
_FAST_POWER: Final = 47603
_SOC: Final = 37007
_EXPORT: Final = 47509
_RESERVE: Final = {Family.ET: 45356, Family.ES: 0x560}
_MODBUS: Final = 30000
"""Addresses of the ES family below this are asked for by AA55 frames."""

Change = tuple[str, int, bytes]
"""What is written: its name, its address, its bytes."""


def control(facts: Facts) -> RawWork[ControlState]:
    """Read everything that decides what the battery does."""

    async def work(wire: Wire) -> ControlState:
        ems = await wire.read(_EMS_MODE, 2) if facts.family is Family.ET else b""
        return ControlState(
            work_mode=await _work_mode(wire, facts),
            ems_mode=_number(ems[:2]) if ems else None,
            ems_w=_number(ems[2:]) if ems else None,
            fast=await _fast(wire, facts),
            slots=await _slots(wire, facts),
            soc_pct=await _soc(wire, facts),
        )

    return work


async def _soc(wire: Wire, facts: Facts) -> int | None:
    if not facts.fast_charging:
        return None
    if facts.family is Family.ES:
        return (await wire.frame("010600", "0186"))[26]
    return _number(await wire.read(_SOC, 1))


async def _work_mode(wire: Wire, facts: Facts) -> int:
    if facts.family is Family.ET:
        return _number(await wire.read(_WORK_MODE, 1))
    return _number((await _blob(wire))[66:68])


async def _fast(wire: Wire, facts: Facts) -> FastCharge | None:
    if not facts.fast_charging:
        return None
    data = await wire.read(_FAST, 2)
    power = _number(await wire.read(_FAST_POWER, 1)) if facts.fast_charging_power else None
    return FastCharge(on=bool(_number(data[:2])), soc_pct=_number(data[2:]), power_pct=power)


async def _slots(wire: Wire, facts: Facts) -> tuple[bytes, ...]:
    if facts.slot_bytes is None or facts.slots_at is None:
        return ()
    size, first = facts.slot_bytes, facts.slots_at
    words = SLOTS * size // 2
    if first > _MODBUS:
        data = await wire.read(first, words)
    else:
        data = await wire.frame(f"011a03{first:04x}{words:02x}", "019A")
    return tuple(data[at : at + size] for at in range(0, SLOTS * size, size))


async def _blob(wire: Wire) -> bytes:
    """The settings of the ES family, all in one answer."""
    return await wire.frame("010900", "0189")


def changes(facts: Facts, document: ControlState, current: ControlState) -> list[Change]:
    """What has to be written, in the order in which no step does harm: slots and powers before modes."""
    found = [
        (f"eco_mode_{index + 1}", _slot_at(facts, index), new)
        for index, (new, old) in enumerate(zip(document.slots, current.slots, strict=True))
        if new != old
    ]
    found += _fast_changes(document.fast, current.fast)
    numbers = (
        ("ems_power_limit", _EMS_POWER, document.ems_w, current.ems_w),
        ("ems_mode", _EMS_MODE, document.ems_mode, current.ems_mode),
        ("work_mode", _WORK_MODE, document.work_mode, current.work_mode),
    )
    found += [
        (name, address, new.to_bytes(2, "big")) for name, address, new, old in numbers if new is not None and new != old
    ]
    return found


def _fast_changes(new: FastCharge | None, old: FastCharge | None) -> list[Change]:
    if new is None or old is None:
        return []
    pairs: tuple[tuple[str, int, Any, Any], ...] = (
        ("fast_charging_soc", _FAST + 1, new.soc_pct, old.soc_pct),
        ("fast_charging_power", _FAST_POWER, new.power_pct, old.power_pct),
        ("fast_charging", _FAST, int(new.on), int(old.on)),
    )
    return [
        (name, address, value.to_bytes(2, "big"))
        for name, address, value, before in pairs
        if value is not None and value != before
    ]


def _slot_at(facts: Facts, index: int) -> int:
    return (facts.slots_at or 0) + index * (facts.slot_bytes or 0) // 2


def write(facts: Facts, found: Sequence[Change]) -> RawWork[None]:
    """Write changes one after the other, each once."""

    async def work(wire: Wire) -> None:
        for name, address, data in found:
            await _write_one(wire, facts, name, address, data)

    return work


async def _write_one(wire: Wire, facts: Facts, name: str, address: int, data: bytes) -> None:
    if facts.family is Family.ES and name == "work_mode":
        await wire.frame(f"035901{data[1:].hex()}", "03D9")
    elif facts.family is Family.ES and name == "grid_export_limit":
        await wire.frame(f"033502{data.hex()}", "03B5")
    elif facts.family is Family.ES and address < _MODBUS:
        code = "023905" if len(data) == 2 else "02390B"
        size = "01" if len(data) == 2 else f"{len(data):02x}"
        await wire.frame(f"{code}{address:04x}{size}{data.hex()}", "02B9")
    else:
        await wire.write(address, data)


def reserve(facts: Facts) -> RawWork[int]:
    """Read the least state of charge: the registers hold 100 less the depth of discharge."""

    async def work(wire: Wire) -> int:
        if facts.family is Family.ES:
            return _number((await _blob(wire))[32:34])
        return _number(await wire.read(_RESERVE[facts.family], 1))

    return work


def reserve_change(facts: Facts, soc_pct: int) -> list[Change]:
    """What has to be written for another least state of charge."""
    return [("battery_discharge_depth", _RESERVE[facts.family], soc_pct.to_bytes(2, "big"))]


def export_limit(facts: Facts) -> RawWork[ExportLimit]:
    """Read the export limit and whether it holds."""

    async def work(wire: Wire) -> ExportLimit:
        if facts.family is Family.ES:
            blob = await _blob(wire)
            return ExportLimit(enabled=bool(_number(blob[18:20])), value=_number(blob[52:54]))
        switch, at, words = _export_at(facts)
        enabled = _number(await wire.read(switch, 1))
        return ExportLimit(enabled=bool(enabled), value=_number(await wire.read(at, words)))

    return work


def export_changes(facts: Facts, document: ExportLimit, current: ExportLimit) -> list[Change]:
    """What has to be written for another export limit; the number before the switch."""
    switch, at, words = _export_at(facts)
    found: list[Change] = []
    if document.value != current.value:
        found.append(("grid_export_limit", at, document.value.to_bytes(2 * words, "big")))
    if document.enabled != current.enabled:
        found.append(("grid_export", switch, int(document.enabled).to_bytes(2, "big")))
    return found


def _export_at(facts: Facts) -> tuple[int, int, int]:
    """Where the switch and the number of the export limit are, and how many registers the number takes."""
    if facts.family is not Family.DT:
        return _EXPORT, _EXPORT + 1, 1
    return (40327, 40328, 2) if facts.single_phase else (40327, 40336, 1)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")
