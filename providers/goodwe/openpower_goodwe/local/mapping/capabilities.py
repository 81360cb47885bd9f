"""What an inverter's devices are and can do: their information and capabilities, pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from openpower_core import provider as core
from openpower_goodwe.local.control import LIMITS, registers
from openpower_goodwe.local.control.program import SCHEDULED_MODES
from openpower_goodwe.local.control.slots import SLOTS
from openpower_goodwe.local.models import Facts, Family

_PROVIDER: Final = "goodwe-local"


def to_inverter_info(facts: Facts, tz: str | None) -> core.InverterInfo:
    """The inverter."""
    rated = None if not facts.rated_w else float(facts.rated_w)
    return core.InverterInfo(**_common(facts, core.Role.INVERTER, tz), model=facts.model, rated_w=rated)


def to_battery_info(facts: Facts, tz: str | None) -> core.BatteryInfo:
    """Its battery, which it charges and discharges with its own rated power at most.

    The current limits that it reports (37004, 37005) are those of the moment: a cold or a full battery has lower ones, and
    two batteries each their own.
    """
    rated = None if not facts.rated_w else float(facts.rated_w)
    return core.BatteryInfo(**_common(facts, core.Role.BATTERY, tz), max_charge_w=rated, max_discharge_w=rated)


def to_meter_info(facts: Facts, tz: str | None) -> core.DeviceInfo:
    """Its grid connection."""
    return core.DeviceInfo(**_common(facts, core.Role.METER, tz))


def _common(facts: Facts, role: core.Role, tz: str | None) -> dict[str, Any]:
    return {
        "id": f"{facts.serial}/{role}",
        "provider": _PROVIDER,
        "serial": facts.serial,
        "role": role,
        "vendor": "GoodWe",
        "tz": tz,
    }


_READ: Final = core.Capability(
    support=core.Support.FULL,
    note="Asked at most every min_poll seconds, so that the inverter finds time to report to SEMS.",
    verified=True,
)
_HISTORY: Final = core.Capability(
    support=core.Support.UNSUPPORTED,
    note="inverters keep no series that the local network gives out",
    alternatives=('connect("goodwe-sems")',),
)
_UNPROVEN: Final = "Unproven on hardware: by the library's description of the registers."
_NO_END: Final = f"It lasts until it is released: the inverter keeps no end. {_UNPROVEN}"


def _full(note: str) -> core.Capability:
    return core.Capability(support=core.Support.FULL, note=note)


def _emulated(note: str) -> core.Capability:
    return core.Capability(support=core.Support.EMULATED, note=note)


def _not(note: str, *alternatives: str) -> core.Capability:
    return core.Capability(support=core.Support.UNSUPPORTED, note=note, alternatives=alternatives)


def meter_capabilities() -> core.Capabilities:
    """The grid connection."""
    return core.Capabilities(features={core.Feature.READ: _READ, core.Feature.HISTORY: _HISTORY})


def inverter_capabilities(facts: Facts) -> core.Capabilities:
    """The inverter."""
    limit = _export_limit(facts)
    return core.Capabilities(
        features={
            core.Feature.READ: _READ,
            core.Feature.HISTORY: _HISTORY,
            core.Feature.EXPORT_LIMIT: limit,
            core.Feature.SET_EXPORT_LIMIT: limit,
        },
        writes=LIMITS,
    )


def _export_limit(facts: Facts) -> core.Capability:
    if facts.family is Family.ES:
        note = "The number only, and only while the limit is on: nothing here can switch it."
        return core.Capability(support=core.Support.CONDITIONAL, note=f"{note} {_UNPROVEN}")
    if facts.family is Family.DT and not facts.single_phase:
        note = "In whole percentages of the rated power."
        support = core.Support.FULL if facts.rated_w else core.Support.CONDITIONAL
        return core.Capability(support=support, note=f"{note} {_UNPROVEN}")
    return _full(f"In whole watts, switch included. {_UNPROVEN}")


def _power_limits(facts: Facts, *, second: bool) -> core.Capability:
    instead = ("charge(power_w=…)", "export(power_w=…)")
    if facts.family is Family.ES:
        return _not("no register of the ES family is known to limit the battery's power", *instead)
    if second:
        return _not("registers 45353 and 45355 are those of one battery; nobody knows which of the two", *instead)
    note = (
        "Registers 45353 and 45355, currents in steps of 0.1 A at the battery's highest voltage (45352). None is refused: what "
        "they hold without a limit is unknown, and so is whether every mode obeys them."
    )
    return core.Capability(support=core.Support.CONDITIONAL, note=f"{note} {_UNPROVEN}")


def battery_capabilities(facts: Facts, *, second: bool = False) -> core.Capabilities:
    """The battery of a hybrid inverter; ``second``: whether there is one at its second connection."""
    modes = _by_ems() if facts.family is Family.ET else _by_slots()
    return core.Capabilities(
        features={
            core.Feature.READ: _READ,
            core.Feature.HISTORY: _HISTORY,
            **modes,
            core.Feature.COMMAND_POWER: _full(f"{_power(facts)} {_UNPROVEN}"),
            core.Feature.COMMAND_TARGET_SOC: _target(facts),
            core.Feature.RELEASE: _full("Puts back the registers that were there, slots byte for byte."),
            core.Feature.SCHEDULE: _full(f"The four eco slots, while the work mode is eco. {_UNPROVEN}"),
            core.Feature.SET_SCHEDULE: _full(f"The four eco slots. {_UNPROVEN}"),
            core.Feature.SETTINGS: _full(_UNPROVEN),
            core.Feature.RESERVE_SOC: _reserve(second=second),
            core.Feature.MAX_SOC: _not("the soc_upper_limit of newer firmware limits PV as well"),
            core.Feature.GRID_CHARGE_ALLOWED: _not("no setting for it is known"),
            core.Feature.POWER_LIMITS: _power_limits(facts, second=second),
        },
        schedule=core.ScheduleLimits(
            step=timedelta(minutes=1),
            max_windows=SLOTS,
            max_windows_per_day=SLOTS,
            weekdays=True,
            power=True,
            target_soc=facts.slot_bytes == 12,
            modes=SCHEDULED_MODES,
            recurrence=core.Recurrence.WEEKLY,
        ),
        writes=LIMITS,
    )


def _reserve(*, second: bool) -> core.Capability:
    note = f"100 less the depth of discharge. {_UNPROVEN}"
    if not second:
        return _full(note)
    return core.Capability(
        support=core.Support.CONDITIONAL, note=f"{note} Of battery 1 only: {registers.SECOND_RESERVE}."
    )


def _by_ems() -> dict[core.Feature, core.Capability]:
    return {
        core.Feature.AUTO: _full(f"EMS mode 1, work mode general. {_UNPROVEN}"),
        core.Feature.CHARGE: _emulated(
            f"EMS mode 11 (PV first, then the grid); with a target, fast charging. {_NO_END}"
        ),
        core.Feature.EXPORT: _emulated(f"EMS mode 12; it may curtail PV meanwhile. {_NO_END}"),
        core.Feature.HOLD: _emulated(f"EMS mode 6: all PV goes into the battery first. {_NO_END}"),
        core.Feature.IDLE: _emulated(f"EMS mode 8 (battery standby). {_NO_END}"),
        core.Feature.NO_CHARGE: _not("no EMS mode serves the house and takes no PV", "auto", "idle"),
    }


def _by_slots() -> dict[core.Feature, core.Capability]:
    nothing = "the ES family has no EMS modes, and no eco slot {what}"
    return {
        core.Feature.AUTO: _full(f"Work mode general. {_UNPROVEN}"),
        core.Feature.CHARGE: _emulated(
            f"The first eco slot, all day; with a target, fast charging where there is. {_NO_END}"
        ),
        core.Feature.EXPORT: _emulated(f"The first eco slot, all day. {_NO_END}"),
        core.Feature.HOLD: _not(nothing.format(what="holds"), "charge", "auto"),
        core.Feature.IDLE: _not(nothing.format(what="stops both directions"), "auto"),
        core.Feature.NO_CHARGE: _not(nothing.format(what="keeps PV out"), "auto"),
    }


def _power(facts: Facts) -> str:
    if facts.family is Family.ET:
        return "In whole watts; fast charging takes a percentage of the rated power."
    return "In steps of the rated power."


def _target(facts: Facts) -> core.Capability:
    if not facts.fast_charging and facts.slot_bytes != 12:
        return _not("this firmware has no target for charging", "charge and release")
    note = "For charging only. Exporting has none: its target becomes an adjustment."
    return core.Capability(support=core.Support.CONDITIONAL, note=f"{note} {_UNPROVEN}")


def behaviour() -> core.Behaviour:
    """How the battery of an ET inverter behaves, for the simulated home that imitates it; commands act at once."""
    usual = Facts(
        family=Family.ET, serial="", rated_w=10_000, slot_bytes=12, fast_charging=True, fast_charging_power=True
    )
    return core.Behaviour(battery=battery_capabilities(usual), starts_later=False, lifts_limits=False)
