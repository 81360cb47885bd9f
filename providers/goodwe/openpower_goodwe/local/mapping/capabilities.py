"""What the devices can do by the local network, per family; readings are proven by captures, writes by nothing yet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openpower_core.capabilities import Capabilities, Capability, Feature, Recurrence, ScheduleLimits, Support
from openpower_goodwe.local.control.eco import SCHEDULED_MODES
from openpower_goodwe.local.facts import Family
from openpower_goodwe.local.pacing import LIMITS
from openpower_goodwe.local.slots import SLOTS

if TYPE_CHECKING:
    from openpower_goodwe.local.facts import Facts

__all__ = ["battery_capabilities", "inverter_capabilities", "meter_capabilities"]

_READ: Final = Capability(
    support=Support.FULL,
    note="Asked at most every min_poll seconds, so that the inverter finds time to report to SEMS.",
    verified=True,
)
_HISTORY: Final = Capability(
    support=Support.UNSUPPORTED,
    note="inverters keep no series that the local network gives out",
    alternatives=('connect("goodwe-sems")',),
)
_UNPROVEN: Final = "Unproven on hardware: by the library's description of the registers."
_NO_END: Final = f"It lasts until it is released: the inverter keeps no end. {_UNPROVEN}"


def _full(note: str) -> Capability:
    return Capability(support=Support.FULL, note=note)


def _emulated(note: str) -> Capability:
    return Capability(support=Support.EMULATED, note=note)


def _not(note: str, *alternatives: str) -> Capability:
    return Capability(support=Support.UNSUPPORTED, note=note, alternatives=alternatives)


def meter_capabilities() -> Capabilities:
    """The grid connection."""
    return Capabilities(features={Feature.READ: _READ, Feature.HISTORY: _HISTORY})


def inverter_capabilities(facts: Facts) -> Capabilities:
    """The inverter."""
    limit = _export_limit(facts)
    return Capabilities(
        features={
            Feature.READ: _READ,
            Feature.HISTORY: _HISTORY,
            Feature.EXPORT_LIMIT: limit,
            Feature.SET_EXPORT_LIMIT: limit,
        },
        writes=LIMITS,
    )


def _export_limit(facts: Facts) -> Capability:
    if facts.family is Family.ES:
        note = "The number only, and only while the limit is on: nothing here can switch it."
        return Capability(support=Support.CONDITIONAL, note=f"{note} {_UNPROVEN}")
    if facts.family is Family.DT and not facts.single_phase:
        note = "In whole per cent of the rated power."
        support = Support.FULL if facts.rated_w else Support.CONDITIONAL
        return Capability(support=support, note=f"{note} {_UNPROVEN}")
    return _full(f"In whole watts, switch included. {_UNPROVEN}")


def battery_capabilities(facts: Facts) -> Capabilities:
    """The battery of a hybrid inverter."""
    modes = _by_ems() if facts.family is Family.ET else _by_slots()
    return Capabilities(
        features={
            Feature.READ: _READ,
            Feature.HISTORY: _HISTORY,
            **modes,
            Feature.COMMAND_POWER: _full(f"{_power(facts)} {_UNPROVEN}"),
            Feature.COMMAND_TARGET_SOC: _target(facts),
            Feature.RELEASE: _full("Puts back the registers that were there, slots byte for byte."),
            Feature.SCHEDULE: _full(f"The four eco slots, while the work mode is eco. {_UNPROVEN}"),
            Feature.SET_SCHEDULE: _full(f"The four eco slots. {_UNPROVEN}"),
            Feature.SETTINGS: _full(_UNPROVEN),
            Feature.RESERVE_SOC: _full(f"100 less the depth of discharge. {_UNPROVEN}"),
            Feature.MAX_SOC: _not("the soc_upper_limit of newer firmware limits PV as well"),
            Feature.GRID_CHARGE_ALLOWED: _not("no setting for it is known"),
        },
        schedule=ScheduleLimits(
            step=timedelta(minutes=1),
            max_windows=SLOTS,
            max_windows_per_day=SLOTS,
            weekdays=True,
            power=True,
            target_soc=facts.slot_bytes == 12,
            modes=SCHEDULED_MODES,
            recurrence=Recurrence.WEEKLY,
        ),
        writes=LIMITS,
    )


def _by_ems() -> dict[Feature, Capability]:
    return {
        Feature.AUTO: _full(f"EMS mode 1, work mode general. {_UNPROVEN}"),
        Feature.CHARGE: _emulated(f"EMS mode 11 (PV first, then the grid); with a target, fast charging. {_NO_END}"),
        Feature.EXPORT: _emulated(f"EMS mode 12; it may curtail PV meanwhile. {_NO_END}"),
        Feature.HOLD: _emulated(f"EMS mode 6: all PV goes into the battery first. {_NO_END}"),
        Feature.IDLE: _emulated(f"EMS mode 8 (battery standby). {_NO_END}"),
        Feature.NO_CHARGE: _not("no EMS mode serves the house and takes no PV", "auto", "idle"),
    }


def _by_slots() -> dict[Feature, Capability]:
    nothing = "the ES family has no EMS modes, and no eco slot {what}"
    return {
        Feature.AUTO: _full(f"Work mode general. {_UNPROVEN}"),
        Feature.CHARGE: _emulated(
            f"The first eco slot, all day; with a target, fast charging where there is. {_NO_END}"
        ),
        Feature.EXPORT: _emulated(f"The first eco slot, all day. {_NO_END}"),
        Feature.HOLD: _not(nothing.format(what="holds"), "charge", "auto"),
        Feature.IDLE: _not(nothing.format(what="stops both directions"), "auto"),
        Feature.NO_CHARGE: _not(nothing.format(what="keeps PV out"), "auto"),
    }


def _power(facts: Facts) -> str:
    if facts.family is Family.ET:
        return "In whole watts; fast charging takes per cent of the rated power."
    return "In steps of the rated power."


def _target(facts: Facts) -> Capability:
    if not facts.fast_charging and facts.slot_bytes != 12:
        return _not("this firmware has no target for charging", "charge and release")
    note = "For charging only. Exporting has none: its target becomes an adjustment."
    return Capability(support=Support.CONDITIONAL, note=f"{note} {_UNPROVEN}")
