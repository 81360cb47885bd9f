"""What an AlphaESS battery can do by this API: before its pair of settings is known, and after."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openpower_core.capabilities import Capabilities, Capability, Feature, Recurrence, ScheduleLimits, Support
from openpower_core.control import BatteryMode

if TYPE_CHECKING:
    from openpower_alphaess.schedule.pairs import Pair
    from openpower_core.capabilities import WriteLimits

__all__ = ["MISSING_PV", "battery_capabilities", "history", "reading"]

_LIVE: Final = Capability(
    support=Support.FULL, note="Renewed every 10 to 30 s; the answer carries no time of its own.", verified=True
)
_NO_ZONE: Final = "Needs tz=, the system's zone: the vendor tells and keeps wall-clock time only."
MISSING_PV: Final = (
    "Some AC-coupled systems leave their PV out of the series; it is None there, and the battery's power, "
    "which is computed from the rest, as well."
)
_MODES: Final = frozenset({BatteryMode.AUTO, BatteryMode.CHARGE, BatteryMode.HOLD})
_RECURS: Final = "Windows come back {often} until they are released; nothing in the hardware keeps the end."
_PERMISSION: Final = "A discharge window is a permission to serve the house, never an order (2026)."


def history(tz: str | None, note: str = "") -> Capability:
    """The five-minute series, which needs the zone."""
    support = Support.CONDITIONAL if tz is None else Support.FULL
    words = " ".join(each for each in (_NO_ZONE if tz is None else "", note) if each)
    return Capability(support=support, note=words, verified=True)


def reading(tz: str | None, note: str = "") -> dict[Feature, Capability]:
    """What every device can: be read, now and back through the days."""
    return {Feature.READ: _LIVE, Feature.HISTORY: history(tz, note)}


def battery_capabilities(tz: str | None, limits: WriteLimits, pair: Pair | None = None) -> Capabilities:
    """The battery.

    Args:
        tz: the system's zone.
        limits: how often its schedule may be written.
        pair: the pair of settings that the system obeys; None while nobody has asked.
    """
    return Capabilities(
        features={
            **reading(tz, f"Its power is computed. {MISSING_PV}"),
            **_control(tz, pair),
            **_settings(pair),
            **_missing(),
        },
        schedule=_schedule_limits(pair),
        writes=limits,
    )


def _control(tz: str | None, pair: Pair | None) -> dict[Feature, Capability]:
    often = "every day or every week" if pair is None else "every week" if pair.has_power else "every day"
    zone = "" if tz else f" {_NO_ZONE} Without until= it works all the same."
    probed = Support.CONDITIONAL if pair is None else Support.FULL
    until = _RECURS.format(often=often) + zone
    return {
        Feature.AUTO: Capability(support=Support.FULL, note=until, verified=True),
        Feature.CHARGE: Capability(support=Support.EMULATED, note=until, verified=True),
        Feature.HOLD: Capability(
            support=Support.EMULATED,
            note="A charge window whose limit is at or below the state of charge; whether PV still charges "
            f"then is unproven. {until}",
            verified=True,
        ),
        Feature.COMMAND_TARGET_SOC: Capability(support=Support.FULL, note="Whole per cent.", verified=True),
        Feature.COMMAND_POWER: _power(pair),
        Feature.RELEASE: Capability(support=Support.FULL, note="Puts the vendor's own settings back."),
        Feature.SCHEDULE: Capability(support=probed, note=f"{_PERMISSION} {_flags(pair)}".strip(), verified=True),
        Feature.SET_SCHEDULE: Capability(support=probed, note=f"Quarter hours. {_PERMISSION}", verified=True),
    }


def _flags(pair: Pair | None) -> str:
    if pair is not None and not pair.has_power:
        return "On migrated regions the legacy settings are fiction."
    return "The periodic schedule's enable flags cannot be read; they are taken to be on where there are periods."


def _power(pair: Pair | None) -> Capability:
    if pair is None:
        note = "Where the system takes periodic schedules; the legacy settings have no power."
        return Capability(support=Support.CONDITIONAL, note=note, verified=True)
    if pair.has_power:
        return Capability(support=Support.FULL, note="Per window, in W.", verified=True)
    note = "The legacy settings have no power: a power asked for becomes an adjustment."
    return Capability(support=Support.CONDITIONAL, note=note, verified=True)


def _settings(pair: Pair | None) -> dict[Feature, Capability]:
    if pair is not None and not pair.has_power:
        reserve = "The general cut-off; some models have another one in the app (SMILE-G3-B5)."
        full = Capability(support=Support.FULL, verified=True)
        return {
            Feature.SETTINGS: full,
            Feature.RESERVE_SOC: Capability(support=Support.FULL, note=reserve, verified=True),
            Feature.MAX_SOC: full,
            Feature.GRID_CHARGE_ALLOWED: full,
        }
    note = "Periodic schedules keep limits in their periods, so there have to be some."
    carried = Capability(support=Support.CONDITIONAL, note=note)
    return {
        Feature.SETTINGS: Capability(support=Support.CONDITIONAL, note=note, verified=True),
        Feature.RESERVE_SOC: carried,
        Feature.MAX_SOC: carried,
        Feature.GRID_CHARGE_ALLOWED: Capability(
            support=Support.CONDITIONAL, note=f"Write only on periodic schedules. {note}"
        ),
    }


def _missing() -> dict[Feature, Capability]:
    nothing = "The Open API has nothing that {what}; the vendor declined it. Modbus has (dispatch registers)."
    return {
        Feature.EXPORT: Capability(
            support=Support.UNSUPPORTED,
            note=nothing.format(what="forces a discharge"),
            alternatives=("auto: serves the house",),
            verified=True,
        ),
        Feature.NO_CHARGE: Capability(
            support=Support.UNSUPPORTED,
            note=nothing.format(what="keeps PV out of the battery"),
            alternatives=("auto", "apply_settings(max_soc_pct=…) limits charging from the grid"),
            verified=True,
        ),
        Feature.IDLE: Capability(
            support=Support.UNSUPPORTED,
            note=nothing.format(what="stops both directions"),
            alternatives=("hold: no discharge, and PV may charge",),
            verified=True,
        ),
    }


def _schedule_limits(pair: Pair | None) -> ScheduleLimits:
    step = timedelta(minutes=15)
    if pair is not None and not pair.has_power:
        return ScheduleLimits(
            step=step,
            max_windows=4,
            max_windows_per_day=4,
            weekdays=False,
            power=False,
            modes=_MODES,
            recurrence=Recurrence.DAILY,
        )
    return ScheduleLimits(step=step, max_windows=28, max_windows_per_day=6, modes=_MODES, recurrence=Recurrence.WEEKLY)
