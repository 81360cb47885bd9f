"""``getEssList`` and ``getEvChargerConfigList`` to devices: who they are, and what they can do by this API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess.client.grid import PERIODS_A_DAY, PERIODS_A_WEEK, STEP, STEP_MINUTES, WINDOWS_A_SIDE
from openpower_alphaess.control.limits import CHARGER_LIMITS, SCHEDULE_LIMITS
from openpower_core import provider as core

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_alphaess.control.pair import Pair
    from openpower_alphaess.models import EssSystem, EvCharger

_LIVE: Final = core.Capability(
    support=core.Support.FULL, note="Renewed every 10 to 30 s; the answer carries no time of its own.", verified=True
)
_NO_ZONE: Final = "Needs tz=, the system's zone: the vendor reports and stores wall-clock times only."
_MISSING_PV: Final = (
    "Some AC-coupled systems leave their PV out of the series; it is None there, and the battery's power, "
    "which is computed from the rest, as well."
)
_MODES: Final = frozenset({core.BatteryMode.AUTO, core.BatteryMode.CHARGE, core.BatteryMode.HOLD})
_RECURS: Final = "Windows come back {often} until they are released; nothing in the hardware keeps the end."
_PERMISSION: Final = "A discharge window is a permission to serve the house, never an order (2026)."
_DEAD = "Reported dead after EMS firmware V0.00.73C."


def addressable(systems: Sequence[EssSystem], wanted: str | None, parts: core.Parts) -> dict[str, EssSystem]:
    """The systems that can be asked, by their serial numbers; only the wanted one, where one is named.

    The serial number is the key of every other call, and some answers leave it blank. A single blank
    system takes the one that the user named; other blank ones are failed parts.

    Raises:
        NotBound: there is no system at all.
        DeviceNotFound: the wanted one is not among them.
    """
    named: dict[str, EssSystem] = {}
    for system in systems:
        if system.sys_sn:
            named.setdefault(system.sys_sn, system)
    blank = [system for system in systems if not system.sys_sn]
    if not systems:
        raise core.NotBound(
            "no system is bound to this AppID.",
            provider="alphaess",
            operation="getEssList",
            hint="Bind it at https://open.alphaess.com (serial number and check code are on its label), "
            "or with native.get_verification_code() and native.bind_system().",
        )
    if wanted is None:
        if blank:
            words = f"AlphaESS lists {len(blank)} system(s) without a serial number, so nothing of them can be asked."
            hint = "Name it when connecting: serial_number=, which is on its label."
            parts.failed("system without a serial number", core.BadResponse(words, provider="alphaess", hint=hint))
        return named
    if wanted in named:
        return {wanted: named[wanted]}
    if len(blank) == 1:
        return {wanted: blank[0]}
    known = ", ".join(map(core.mask, named)) or "none"
    raise core.DeviceNotFound(
        f"no system {core.mask(wanted)} is bound to this AppID; there is: {known}.",
        provider="alphaess",
        device_id=wanted,
        hint="Bind it at https://open.alphaess.com, or leave serial_number= out.",
    )


def _identity(serial: str, role: core.Role, model: str | None, tz: str | None) -> dict[str, Any]:
    return {
        "id": f"{serial}/{role.value}",
        "provider": "alphaess",
        "serial": serial,
        "role": role,
        "model": model or None,
        "vendor": "AlphaESS",
        "tz": tz,
    }


def to_battery_info(system: EssSystem, serial: str, tz: str | None) -> core.BatteryInfo:
    """The battery: gross capacity, and the share of it that is used; its power limits are not reported."""
    capacity = system.cobat if (system.cobat or 0) > 0 else None
    share = core.percentage_or_none(system.us_capacity, slack=1)
    return core.BatteryInfo(
        **_identity(serial, core.Role.BATTERY, system.mbat, tz),
        capacity_kwh=capacity,
        usable_kwh=None if capacity is None or share is None else capacity * share / 100,
    )


def to_inverter_info(system: EssSystem, serial: str, tz: str | None) -> core.InverterInfo:
    """The inverter, its nominal power and that of its PV."""
    identity = _identity(serial, core.Role.INVERTER, system.minv, tz)
    return core.InverterInfo(**identity, rated_w=_watts(system.poinv), pv_rated_w=_watts(system.popv))


def to_meter_info(serial: str, tz: str | None) -> core.DeviceInfo:
    """The grid meter, of which only the readings are known."""
    return core.DeviceInfo(**_identity(serial, core.Role.METER, None, tz))


def to_ev_charger_info(charger: EvCharger, serial: str, tz: str | None) -> core.DeviceInfo:
    """A charger, under its own serial number."""
    return core.DeviceInfo(**_identity(serial, core.Role.EV_CHARGER, charger.evcharger_model, tz))


def _watts(kilowatts: float | None) -> float | None:
    return kilowatts * 1000 if kilowatts and kilowatts > 0 else None


def _history(tz: str | None, note: str = "") -> core.Capability:
    """The five-minute series, which needs the zone."""
    support = core.Support.CONDITIONAL if tz is None else core.Support.FULL
    words = " ".join(part for part in (_NO_ZONE if tz is None else "", note) if part)
    return core.Capability(support=support, note=words, verified=True)


def _reading(tz: str | None, note: str = "") -> dict[core.Feature, core.Capability]:
    """What every device can: be read, now (``Capabilities.interval`` is the service's own 10 s) and back through the days."""
    return {core.Feature.READ: _LIVE, core.Feature.HISTORY: _history(tz, note)}


def battery_capabilities(tz: str | None, limits: core.WriteLimits, pair: Pair | None = None) -> core.Capabilities:
    """The battery.

    Args:
        tz: the system's zone.
        limits: how often its schedule may be written.
        pair: the pair of settings that the system obeys; None before it was asked.
    """
    return core.Capabilities(
        features={
            **_reading(tz, f"Its power is computed. {_MISSING_PV}"),
            **_control(tz, pair),
            **_settings(pair),
            **_missing(),
        },
        schedule=_schedule_limits(pair),
        writes=limits,
    )


def _control(tz: str | None, pair: Pair | None) -> dict[core.Feature, core.Capability]:
    often = "every day or every week" if pair is None else "every week" if pair.has_power else "every day"
    zone = "" if tz else f" {_NO_ZONE} Without until= it works all the same."
    probed = core.Support.CONDITIONAL if pair is None else core.Support.FULL
    until = _RECURS.format(often=often) + zone
    return {
        core.Feature.AUTO: core.Capability(support=core.Support.FULL, note=until, verified=True),
        core.Feature.CHARGE: core.Capability(support=core.Support.EMULATED, note=until, verified=True),
        core.Feature.HOLD: core.Capability(
            support=core.Support.EMULATED,
            note="A charge window whose limit is at or below the state of charge; whether PV still charges "
            f"then is unproven. {until}",
            verified=True,
        ),
        core.Feature.COMMAND_TARGET_SOC: core.Capability(
            support=core.Support.FULL, note="Whole percentages.", verified=True
        ),
        core.Feature.COMMAND_POWER: _power(pair),
        core.Feature.RELEASE: core.Capability(support=core.Support.FULL, note="Puts the vendor's own settings back."),
        core.Feature.SCHEDULE: core.Capability(
            support=probed, note=f"{_PERMISSION} {_flags(pair)}".strip(), verified=True
        ),
        core.Feature.SET_SCHEDULE: core.Capability(
            support=probed, note=f"{STEP_MINUTES}-minute steps. {_PERMISSION}", verified=True
        ),
    }


def _flags(pair: Pair | None) -> str:
    if pair is not None and not pair.has_power:
        return "On migrated regions the legacy settings are fiction."
    return "The periodic schedule's enable flags cannot be read; they are taken to be on where there are periods."


def _power(pair: Pair | None) -> core.Capability:
    if pair is None:
        note = "Where the system takes periodic schedules; the legacy settings have no power."
        return core.Capability(support=core.Support.CONDITIONAL, note=note, verified=True)
    if pair.has_power:
        return core.Capability(support=core.Support.FULL, note="Per window, in W.", verified=True)
    note = "The legacy settings have no power: a power asked for becomes an adjustment."
    return core.Capability(support=core.Support.CONDITIONAL, note=note, verified=True)


def _settings(pair: Pair | None) -> dict[core.Feature, core.Capability]:
    if pair is not None and not pair.has_power:
        reserve = "The general cut-off; some models have another one in the app (SMILE-G3-B5)."
        full = core.Capability(support=core.Support.FULL, verified=True)
        return {
            core.Feature.SETTINGS: full,
            core.Feature.RESERVE_SOC: core.Capability(support=core.Support.FULL, note=reserve, verified=True),
            core.Feature.MAX_SOC: full,
            core.Feature.GRID_CHARGE_ALLOWED: full,
        }
    note = "Periodic schedules keep limits in their periods, so there have to be some."
    carried = core.Capability(support=core.Support.CONDITIONAL, note=note)
    return {
        core.Feature.SETTINGS: core.Capability(support=core.Support.CONDITIONAL, note=note, verified=True),
        core.Feature.RESERVE_SOC: carried,
        core.Feature.MAX_SOC: carried,
        core.Feature.GRID_CHARGE_ALLOWED: core.Capability(
            support=core.Support.CONDITIONAL, note=f"Write only on periodic schedules. {note}"
        ),
    }


def _missing() -> dict[core.Feature, core.Capability]:
    nothing = "The Open API has nothing that {what}; the vendor declined it. Modbus has (dispatch registers)."
    return {
        core.Feature.POWER_LIMITS: core.Capability(
            support=core.Support.UNSUPPORTED,
            note="A period's power holds in that period only; outside of it PV charges and the house discharges with all that "
            "the battery can do, and whether it caps PV within is unproven: no limit to rely on. "
            + nothing.format(what="limits every mode"),
            alternatives=("charge(power_w=…)", "set_schedule: windows with power_w, on periodic schedules"),
        ),
        core.Feature.EXPORT: core.Capability(
            support=core.Support.UNSUPPORTED,
            note=nothing.format(what="forces a discharge"),
            alternatives=("auto: serves the house",),
            verified=True,
        ),
        core.Feature.NO_CHARGE: core.Capability(
            support=core.Support.UNSUPPORTED,
            note=nothing.format(what="keeps PV out of the battery"),
            alternatives=("auto", "apply_settings(max_soc_pct=…) limits charging from the grid"),
            verified=True,
        ),
        core.Feature.IDLE: core.Capability(
            support=core.Support.UNSUPPORTED,
            note=nothing.format(what="stops both directions"),
            alternatives=("hold: no discharge, and PV may charge",),
            verified=True,
        ),
    }


def _schedule_limits(pair: Pair | None) -> core.ScheduleLimits:
    if pair is not None and not pair.has_power:
        return core.ScheduleLimits(
            step=STEP,
            max_windows=2 * WINDOWS_A_SIDE,
            max_windows_per_day=2 * WINDOWS_A_SIDE,
            weekdays=False,
            power=False,
            modes=_MODES,
            recurrence=core.Recurrence.DAILY,
        )
    return core.ScheduleLimits(
        step=STEP,
        max_windows=PERIODS_A_WEEK,
        max_windows_per_day=PERIODS_A_DAY,
        modes=_MODES,
        recurrence=core.Recurrence.WEEKLY,
    )


def inverter_capabilities(tz: str | None) -> core.Capabilities:
    """The inverter: readings only."""
    no_limit = core.Capability(
        support=core.Support.UNSUPPORTED,
        note="The Open API has no export limit; the inverter's Modbus has one (register 0800).",
    )
    features = {core.Feature.EXPORT_LIMIT: no_limit, core.Feature.SET_EXPORT_LIMIT: no_limit}
    return core.Capabilities(features={**_reading(tz, _MISSING_PV), **features})


def meter_capabilities(tz: str | None) -> core.Capabilities:
    """The grid meter: readings only."""
    return core.Capabilities(features=_reading(tz))


def charger_capabilities(tz: str | None, *, alone: bool) -> core.Capabilities:
    """One EV charger.

    Args:
        tz: the system's zone.
        alone: whether the system has no other.
    """
    features = {
        core.Feature.READ: core.Capability(
            support=core.Support.FULL,
            note="No answer of a system with a charger is public, so this follows the documentation.",
        ),
        core.Feature.HISTORY: _history(tz)
        if alone
        else core.Capability(
            support=core.Support.UNSUPPORTED,
            note="The series has the power of all chargers together.",
            alternatives=("native.get_historical_power_usage()",),
        ),
        core.Feature.START: core.Capability(
            support=core.Support.CONDITIONAL, note=f"With a car plugged in (states 2, 4, 5, 6). {_DEAD}"
        ),
        core.Feature.STOP: core.Capability(
            support=core.Support.CONDITIONAL, note=f"While started (states 3, 4, 5). {_DEAD}"
        ),
        core.Feature.LIMITS: core.Capability(
            support=core.Support.FULL, note="The household's limit only; 32 A also where nothing is set.", verified=True
        ),
        core.Feature.CHARGER_CURRENT: core.Capability(
            support=core.Support.UNSUPPORTED,
            note="The Open API sets the household's limit only; the charger's own is in the app.",
            alternatives=('set_current_limit(amps, scope="site")',),
        ),
        core.Feature.SITE_CURRENT: core.Capability(
            support=core.Support.FULL,
            note="6 to 32 A in steps of 1 A; it limits the whole house, by load balancing.",
            verified=True,
        ),
    }
    return core.Capabilities(features=features, writes=CHARGER_LIMITS)


def behaviour() -> core.Behaviour:
    """How a battery with periodic schedules behaves, for the simulated home that imitates it.

    Reads showed a write after 35 s in the capture of 2026-08-31.
    """
    # Here, since programs that only read need nothing of control.
    from openpower_alphaess.control.periodic import PeriodicPair

    battery = battery_capabilities("UTC", SCHEDULE_LIMITS, PeriodicPair(rated_w=None))
    return core.Behaviour(battery=battery, delay=timedelta(seconds=35))
