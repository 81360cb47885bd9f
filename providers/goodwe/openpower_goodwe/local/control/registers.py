"""An inverter's settings, register by register: what they hold, how they are read and written; coroutines in both flavours.

Addresses are those of library 0.4.10. The library's own setters are not used for eco slots and work modes: they
switch off the user's slots and reset battery parameters on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_goodwe.local.control.program import ENDED, ControlState, FastCharge
from openpower_goodwe.local.control.slots import SLOTS
from openpower_goodwe.local.models import Facts, Family

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpower_goodwe.local.client.adapter import Link


from attrs import evolve, field, frozen

from openpower_core.provider import (
    Adjustment,
    BadResponse,
    Draft,
    InvalidValue,
    PartialData,
    PowerLimits,
    Scale,
    adjusted,
    steps_below,
)

_WORK_MODE: Final = 47000
_EMS_MODE: Final = 47511
_EMS_POWER: Final = 47512
_FAST: Final = 47545
_FAST_POWER: Final = 47603
_SOC: Final = 37007
_EXPORT: Final = 47509
_RESERVE: Final = {Family.ET: 45356, Family.ES: 0x560}
_WHOLE: Final = 100
_MODES: Final = 63
"""No mode or switch that is known is higher, by far: what is answers another request, and would be put back later."""
_MODBUS: Final = 30000
"""Addresses of the ES family below this are asked for by AA55 frames."""

Change = tuple[str, int, bytes]
"""What is written: its name, its address, its bytes."""


async def read_control(link: Link, facts: Facts) -> ControlState:
    """Read everything that decides what the battery does."""
    # 47511 and 47512 in one request, so that mode and power are of one instant.
    ems = await link.read(_EMS_MODE, 2) if facts.family is Family.ET else b""
    soc_pct = await _soc(link, facts)
    return ControlState(
        work_mode=await _work_mode(link, facts),
        ems_mode=_number(ems[:2], most=_MODES) if ems else None,
        ems_w=_watts(ems[2:]) if ems else None,
        fast=await _fast(link, facts, soc_pct),
        slots=await _slots(link, facts),
        soc_pct=soc_pct,
    )


async def _soc(link: Link, facts: Facts) -> int | None:
    if not facts.fast_charging:
        return None
    if facts.family is Family.ES:
        # Byte 26 of the running data, as in the library's ES sensors.
        return _number((await link.frame("010600", "0186"))[26:27], most=_WHOLE)
    return _number(await link.read(_SOC, 1), most=_WHOLE)


async def _work_mode(link: Link, facts: Facts) -> int:
    if facts.family is Family.ET:
        return _number(await link.read(_WORK_MODE, 1), most=_MODES)
    # Places in the settings blob (32 reserve, 18 and 52 export limit, 66 work mode) are those of the library's ES
    # settings.
    return _number((await _blob(link))[66:68], most=_MODES)


async def _fast(link: Link, facts: Facts, soc_pct: int | None) -> FastCharge | None:
    if not facts.fast_charging:
        return None
    data = await link.read(_FAST, 2)
    power = _number(await link.read(_FAST_POWER, 1), most=10 * _WHOLE) if facts.fast_charging_power else None
    on, target = bool(_number(data[:2], most=_MODES)), _number(data[2:], most=_WHOLE)
    ended = not on and soc_pct is not None and soc_pct >= target
    return FastCharge(on=on, soc_pct=target, power_pct=power, ended=ended)


async def _slots(link: Link, facts: Facts) -> tuple[bytes, ...]:
    if facts.slot_bytes is None or facts.slots_at is None or not facts.slots_known:
        return ()
    size, first = facts.slot_bytes, facts.slots_at
    words = SLOTS * size // 2
    if first > _MODBUS:
        data = await link.read(first, words)
    else:
        data = await link.frame(f"011a03{first:04x}{words:02x}", "019A")
    if len(data) < SLOTS * size:
        raise BadResponse(f"the inverter sent {len(data)} bytes for its eco slots, which take {SLOTS * size}.")
    return tuple(data[at : at + size] for at in range(0, SLOTS * size, size))


async def _blob(link: Link) -> bytes:
    """The settings of the ES family, all in one answer."""
    return await link.frame("010900", "0189")


_ADDRESSES: Final = {
    "fast_charging_soc": _FAST + 1,
    "fast_charging_power": _FAST_POWER,
    "fast_charging": _FAST,
    "ems_power_limit": _EMS_POWER,
    "ems_mode": _EMS_MODE,
    "work_mode": _WORK_MODE,
}


def changes(facts: Facts, desired: ControlState, current: ControlState) -> list[Change]:
    """What has to be written, slots and powers before the modes that put them in force, so that no step runs with old figures."""
    old = current.to_json()
    # to_json has its fields in that order.
    return [_change(facts, name, value) for name, value in desired.to_json().items() if value != old.get(name)]


def _change(facts: Facts, name: str, value: Any) -> Change:
    if name in _ADDRESSES:
        return name, _ADDRESSES[name], (0 if value == ENDED else int(value)).to_bytes(2, "big")
    facts.check_slots_known()
    place, slot = int(name.removeprefix("eco_mode_")) - 1, bytes.fromhex(value)
    if facts.slots_at is None or len(slot) != facts.slot_bytes:
        raise BadResponse(
            f"the eco slot to write has {len(slot)} bytes, and the inverter's slots have {facts.slot_bytes or 'none'}.",
            hint="Its firmware is another than when the slot was read: discard_restore_point() forgets it.",
        )
    return name, facts.slots_at + place * len(slot) // 2, slot


async def write(link: Link, facts: Facts, found: Sequence[Change]) -> None:
    """Write changes one after the other, every one once."""
    for name, address, data in found:
        await _write_one(link, facts, name, address, data)


async def _write_one(link: Link, facts: Facts, name: str, address: int, data: bytes) -> None:
    # The ES family writes by AA55 frames: 0359 the work mode, 0335 the export limit, 0239 a register of its old map
    # (05 for one number, 0B for a slot of eight bytes); newer registers (47xxx) by Modbus, as the ET family does.
    if facts.family is Family.ES and name == "work_mode":
        await link.frame(f"035901{data[1:].hex()}", "03D9")
    elif facts.family is Family.ES and name == "grid_export_limit":
        await link.frame(f"033502{data.hex()}", "03B5")
    elif facts.family is Family.ES and address < _MODBUS:
        code = "023905" if len(data) == 2 else "02390B"
        size = "01" if len(data) == 2 else f"{len(data):02x}"
        await link.frame(f"{code}{address:04x}{size}{data.hex()}", "02B9")
    else:
        await link.write(address, data)


async def read_reserve(link: Link, facts: Facts) -> int:
    """Read the minimum state of charge: the registers hold 100 minus the depth of discharge."""
    if facts.family is Family.ES:
        return _number((await _blob(link))[32:34], most=_WHOLE)
    return _number(await link.read(_RESERVE[facts.family], 1), most=_WHOLE)


SECOND_RESERVE: Final = "no register of battery 2 is known, which keeps what SolarGo shows"
"""A user of a GW25K-ET saw 45356 change battery 1 only, except that 100 % reached both and stayed in the second
(mletenay/home-assistant-goodwe-inverter#350); neither the library nor marcelblijleven/goodwe#135 knows another register."""


_CHARGE_VOLTAGE: Final = 45352
_PRESENT_VOLTAGE: Final = 35180
_MAX_CURRENT: Final = {"battery_charge_current": 45353, "battery_discharge_current": 45355}
_FIGURE: Final = {"battery_charge_current": "max_charge_w", "battery_discharge_current": "max_discharge_w"}
_NO_VALUE: Final = frozenset({0, 0x7FFF, 0xFFFF})
"""What a register holds that nobody has set. 0 A as well: nobody has proven that it stops the battery."""


@frozen(kw_only=True)
class BatteryRegisters:
    """The battery's settings, every one by the name and in the unit of its register; None where it has no such value."""

    battery_discharge_depth: int
    """The reserve (%), although the library calls it depth of discharge."""
    battery_charge_current: int | None = None
    """Tenths of an ampere, like the next one."""
    battery_discharge_current: int | None = None
    volts: int | None = field(default=None, eq=False)
    """Tenths of the highest voltage that the battery can have."""

    def to_json(self) -> dict[str, Any]:
        """The registers that are written, as plain data."""
        found = {name: getattr(self, name) for name in ("battery_discharge_depth", *_MAX_CURRENT)}
        return {name: value for name, value in found.items() if value is not None}

    @property
    def power_limits(self) -> PowerLimits | None:
        """The limits in watts; None unless both are known."""
        currents = [getattr(self, name) for name in _MAX_CURRENT]
        if self.volts is None or not _NO_VALUE.isdisjoint(currents) or None in currents:
            return None
        charge_w, discharge_w = (current * self.volts / 100 for current in currents)
        return PowerLimits(max_charge_w=charge_w, max_discharge_w=discharge_w)


async def read_battery(link: Link, facts: Facts, *, limits: bool) -> BatteryRegisters:
    """Read the battery's settings; with ``limits`` its current limits and the highest voltage that it can have as well."""
    reserve = await read_reserve(link, facts)
    if not limits:
        return BatteryRegisters(battery_discharge_depth=reserve)
    highest, charge, _, discharge = _words(await link.read(_CHARGE_VOLTAGE, 4))
    (present,) = _words(await link.read(_PRESENT_VOLTAGE, 1))
    # A battery above its highest voltage proves that the register holds something else.
    known = highest not in _NO_VALUE and (present in _NO_VALUE or present <= highest)
    return BatteryRegisters(
        battery_discharge_depth=reserve,
        battery_charge_current=charge,
        battery_discharge_current=discharge,
        volts=highest if known else None,
    )


def _words(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def battery_changes(facts: Facts, desired: BatteryRegisters, current: BatteryRegisters) -> list[Change]:
    """What has to be written for other settings of the battery."""
    addresses = {"battery_discharge_depth": _RESERVE[facts.family], **_MAX_CURRENT}
    old = current.to_json()
    return [
        (name, addresses[name], value.to_bytes(2, "big"))
        for name, value in desired.to_json().items()
        if value != old.get(name)
    ]


LEAST_PCT: Final = 11
"""The library's comments give the depth of discharge as 0–89 %."""
_RESERVE_SCALE: Final = Scale(
    field="reserve_soc_pct",
    low=LEAST_PCT,
    high=100,
    unit="%",
    outside="snap",
    reason=f"whole percentages, at least {LEAST_PCT}: the depth of discharge ends at 89 %",
)


def plan_battery(
    current: BatteryRegisters, desired: Mapping[str, Any], *, second: bool = False
) -> Draft[BatteryRegisters]:
    """Change the settings that are named; what is there already stays, however odd."""
    document, adjustments = current, tuple[Adjustment, ...]()
    reserve = desired.get("reserve_soc_pct")
    if reserve is not None and reserve != current.battery_discharge_depth:
        got, adjustments = _RESERVE_SCALE.snap(reserve)
        document = evolve(document, battery_discharge_depth=int(got))
        if second and document != current:
            reason = f"of battery 1 only: {SECOND_RESERVE}"
            adjustments += (Adjustment(field="reserve_soc_pct", asked=reserve, got=int(got), reason=reason),)
    for register, name in _FIGURE.items():
        if name in desired:
            tenths, volts = _current_below(name, desired[name], current.volts)
            document = evolve(document, **{register: tenths})
            reason = f"the inverter takes a current in steps of 0.1 A, converted by the battery's highest voltage, {volts / 10:g} V"
            adjustments += adjusted(name, desired[name], tenths * volts / 100, reason, within=0.5)
    return Draft(document=document, adjustments=adjustments)


def _current_below(name: str, power_w: float | None, volts: int | None) -> tuple[int, int]:
    """The greatest current (tenths of an ampere) that never gives more than a power, and the voltage behind it.

    By the highest voltage, not the present one: at any other the battery gets less, and the same limit asked for again
    is the same current.
    """
    if power_w is None:
        raise InvalidValue(
            f"{name} cannot be lifted: nobody knows what the register holds without a limit.",
            hint="Set what settings() showed before, or the maximum in the battery's data sheet (W).",
        )
    if volts is None:
        raise InvalidValue(
            f"{name} cannot be set: the inverter takes a current, and does not say what the battery's highest voltage is "
            "(register 45352).",
            hint="charge(power_w=…) and export(power_w=…) limit one command.",
        )
    tenths = min(steps_below(power_w, volts / 100), 0x7FFE)
    if tenths < 1:
        raise InvalidValue(
            f"{name} is {power_w:g} W; the least that the inverter takes is {volts / 100:g} W (0.1 A at {volts / 10:g} V).",
            hint="idle() stops the battery.",
        )
    return tenths, volts


async def read_export_limit(link: Link, facts: Facts) -> ExportLimit:
    """Read the export limit and whether it holds."""
    if facts.family is Family.ES:
        blob = await _blob(link)
        return ExportLimit(enabled=bool(_number(blob[18:20], most=_MODES)), value=_watts(blob[52:54]))
    switch, at, words = _export_at(facts)
    enabled = _number(await link.read(switch, 1), most=_MODES)
    value = _watts(await link.read(at, words))
    if in_percent(facts) and value > _WHOLE:
        raise BadResponse(
            f"the register of its export limit holds {value}, which is no percentage: its unit is not known.",
            hint="native.set_grid_export_limit() writes the bare number; what SolarGo shows then tells the unit.",
        )
    # Some grid-tied inverters always show 0, whatever was written: there it is not known.
    return ExportLimit(enabled=bool(enabled), value=value or (None if facts.family is Family.DT else 0))


def export_changes(facts: Facts, desired: ExportLimit, current: ExportLimit) -> list[Change]:
    """What has to be written for another export limit; the number before the switch."""
    switch, at, words = _export_at(facts)
    found: list[Change] = []
    if desired.value is not None and desired.value != current.value:
        found.append(("grid_export_limit", at, desired.value.to_bytes(2 * words, "big")))
    if desired.enabled != current.enabled:
        found.append(("grid_export", switch, int(desired.enabled).to_bytes(2, "big")))
    return found


def _export_at(facts: Facts) -> tuple[int, int, int]:
    """Where the switch and the number of the export limit are, and how many registers the number takes."""
    if facts.family is not Family.DT:
        return _EXPORT, _EXPORT + 1, 1
    return (40327, 40328, 2) if facts.single_phase else (40327, 40336, 1)


def _number(data: bytes, most: int = 0xFFFE) -> int:
    """A figure, a mode or a switch; 0xFFFF means that the inverter has no value for it."""
    number = int.from_bytes(data, "big")
    if number > most or not data:
        raise BadResponse(f"the inverter answered {data.hex() or 'nothing'} for a setting, which is none.")
    return number


def _watts(data: bytes) -> int:
    return int.from_bytes(data, "big")  # 0xFFFF is a limit like any other


@frozen(kw_only=True)
class ExportLimit:
    """The registers of the export limit."""

    enabled: bool
    value: int | None
    """None where the register does not show it."""


def in_percent(facts: Facts) -> bool:
    """Whether the number is a percentage of the rated power."""
    return facts.family is Family.DT and not facts.single_phase


def limit_w(current: ExportLimit, facts: Facts) -> float | None:
    """The limit in watts; None while it is off, or where the rated power is unknown.

    Raises:
        PartialData: it is on, and the register does not show it.
    """
    if not current.enabled:
        return None
    value = current.value
    if value is None:
        raise PartialData(
            "its export limit is on, and the register shows 0, which some firmware shows whatever was written.",
            hint="SolarGo shows the limit.",
        )
    if not in_percent(facts):
        return float(value)
    return None if not facts.rated_w else facts.rated_w * value / 100


def plan_export(current: ExportLimit, desired: float | None, facts: Facts) -> Draft[ExportLimit]:
    """Set the limit and switch it on; None switches it off and leaves the number."""
    if facts.family is Family.ES and (desired is not None) is not current.enabled:
        raise InvalidValue(
            "the export limit of the ES family can only be changed while it is on, and openpower cannot switch it "
            f"{'off' if current.enabled else 'on'}.",
            hint="Switch it in the app (SolarGo).",
        )
    if desired is None:
        return Draft(document=ExportLimit(enabled=False, value=current.value))
    if desired < 0:
        raise InvalidValue(f"limit_w is {desired}; it must be at least 0.")
    value, got = _value(desired, facts)
    what = "percentages of its rated power" if in_percent(facts) else "watts"
    adjustments = adjusted("limit_w", desired, got, f"the inverter takes whole {what}", within=0.5)
    return Draft(document=ExportLimit(enabled=True, value=value), adjustments=adjustments)


def _value(desired: float, facts: Facts) -> tuple[int, float]:
    if not in_percent(facts):
        most = 0xFFFFFFFF if facts.family is Family.DT else 0xFFFF
        value = min(int(desired), most)  # rounded down: never more than was asked for
        return value, float(value)
    if not facts.rated_w:
        raise InvalidValue(
            "the inverter takes its export limit as a percentage of its rated power, which is unknown.",
            hint="set_grid_export_limit() of the native API takes a percentage.",
        )
    # Rounded down: never more than was asked for.
    share = min(100, steps_below(desired, facts.rated_w / 100))
    return share, facts.rated_w * share / 100
