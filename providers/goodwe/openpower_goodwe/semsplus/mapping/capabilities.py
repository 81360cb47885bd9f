"""Who the devices of a station are, and what they can do over SEMS+."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from attrs import frozen

from openpower_core import provider as core
from openpower_goodwe.semsplus.control import WRITE_LIMITS
from openpower_goodwe.semsplus.mapping.readings import watts
from openpower_goodwe.semsplus.models import DeviceRow

INVERTERS = ("INVERTER", "ENERGY_STORAGE_INTEGRATED_CABINET", "PCS", "MICRO_INVERTER")
"""The types of devices that count as inverters."""


@frozen(kw_only=True)
class Box:
    """One device: its row in the list, and what its own information adds."""

    row: DeviceRow
    tz: str | None = None
    rated_kw: float | None = None
    model: str | None = None

    @property
    def sn(self) -> str:
        """Its serial number."""
        return self.row.sn

    @property
    def kind(self) -> str:
        """Its type, in the vendor's word."""
        return str(self.row.device_type or "INVERTER")

    @property
    def rated_w(self) -> float | None:
        """Its rated power."""
        return core.counter_or_none(watts(self.rated_kw))


def to_inverter_info(box: Box, pv_kw: float | None) -> core.InverterInfo:
    """An inverter; ``pv_kw`` is what its modules can give."""
    pv = core.counter_or_none(watts(pv_kw)) or None
    return core.InverterInfo(**_identity(box, core.Role.INVERTER), rated_w=box.rated_w, pv_rated_w=pv)


def to_battery_info(box: Box, inverter: Box, capacity_kwh: float | None) -> core.BatteryInfo:
    """A battery, behind its inverter."""
    return core.BatteryInfo(
        **_identity(box, core.Role.BATTERY),
        capacity_kwh=core.counter_or_none(capacity_kwh) or None,
        max_charge_w=inverter.rated_w,
        max_discharge_w=inverter.rated_w,
    )


def to_device_info(box: Box, role: core.Role) -> core.DeviceInfo:
    """A meter or a charger."""
    return core.DeviceInfo(**_identity(box, role))


def _identity(box: Box, role: core.Role) -> dict[str, Any]:
    return {
        "id": f"{box.sn}/{role.value}",
        "provider": "goodwe-sems",
        "serial": box.sn,
        "role": role,
        "model": box.model or box.row.model,
        "vendor": "GoodWe",
        "tz": box.tz,
    }


_INTERVAL = timedelta(minutes=1)
_UNOFFICIAL = "SEMS+ is unofficial."
_UNPROVEN = "Unproven: known from clients' code, and no capture of it is public."
_PROBE = "Found in the inverter's function tree on first use."
_LOCAL = ("goodwe-local",)
_NO_RIGHT = "The account may not control this station (INVERTER_REMOTE); ask its owner for the right."
_CONTROLS = (
    core.Feature.EXPORT_LIMIT,
    core.Feature.SET_EXPORT_LIMIT,
    core.Feature.AUTO,
    core.Feature.CHARGE,
    core.Feature.EXPORT,
    core.Feature.COMMAND_POWER,
    core.Feature.COMMAND_TARGET_SOC,
    core.Feature.RELEASE,
    core.Feature.SCHEDULE,
    core.Feature.SET_SCHEDULE,
    core.Feature.SETTINGS,
    core.Feature.RESERVE_SOC,
    core.Feature.MAX_SOC,
)


def _some(note: str, *, verified: bool = False) -> core.Capability:
    return core.Capability(support=core.Support.CONDITIONAL, note=note, verified=verified)


def _none(note: str, *instead: str) -> core.Capability:
    return core.Capability(support=core.Support.UNSUPPORTED, note=note, alternatives=instead)


def _readings(*, alone: bool, zone: bool) -> dict[core.Feature, core.Capability]:
    history = _some(f"The station's one-minute series. {_UNPROVEN}")
    if not alone:
        history = _none("The series is the whole station's.", "native.get_time_series()")
    elif not zone:
        history = _none("The station's time zone is unknown.", "connect with tz=")
    return {
        core.Feature.READ: core.Capability(
            support=core.Support.FULL, note=f"New once a minute. {_UNOFFICIAL}", verified=True
        ),
        core.Feature.HISTORY: history,
    }


def _permitted(features: dict[core.Feature, core.Capability], *, control: bool) -> dict[core.Feature, core.Capability]:
    if control:
        return features
    denied = _none(_NO_RIGHT)
    return {name: denied if name in _CONTROLS else each for name, each in features.items()}


def inverter_capabilities(*, alone: bool, zone: bool, control: bool) -> core.Capabilities:
    """An inverter.

    Args:
        alone: whether the station has no other.
        zone: whether the station's zone is known.
        control: whether the account may control it.
    """
    limit = _some(f"{_PROBE} {_UNPROVEN}")
    features = {
        **_readings(alone=alone, zone=zone),
        core.Feature.EXPORT_LIMIT: limit,
        core.Feature.SET_EXPORT_LIMIT: limit,
    }
    return core.Capabilities(features=_permitted(features, control=control), writes=WRITE_LIMITS, interval=_INTERVAL)


def meter_capabilities(*, zone: bool) -> core.Capabilities:
    """The grid connection of a station."""
    return core.Capabilities(features=_readings(alone=True, zone=zone), interval=_INTERVAL)


def battery_capabilities(*, alone: bool, zone: bool, control: bool) -> core.Capabilities:
    """A battery; see :func:`inverter_capabilities`."""
    window = (
        "A time-of-use slot, which comes back every week until it is released. "
        f"Work modes 2.0 and 3.0 only. {_PROBE} {_UNPROVEN}"
    )
    no_mode = _none("No function of SEMS+ does this.", *_LOCAL)
    features = {
        **_readings(alone=alone, zone=zone),
        core.Feature.AUTO: _some(f"Stops an immediate charge and the slots. {_UNPROVEN}"),
        core.Feature.CHARGE: core.Capability(
            support=core.Support.EMULATED,
            note=f"An immediate charge, which ends by its target only; a later start is a slot. {_PROBE} {_UNPROVEN}",
        ),
        core.Feature.EXPORT: core.Capability(support=core.Support.EMULATED, note=window),
        core.Feature.HOLD: no_mode,
        core.Feature.IDLE: no_mode,
        core.Feature.NO_CHARGE: no_mode,
        core.Feature.COMMAND_POWER: _some("In shares of the inverter's rated power."),
        core.Feature.COMMAND_TARGET_SOC: _some("In whole percentages."),
        core.Feature.RELEASE: _some("Puts back what was there before."),
        core.Feature.SCHEDULE: _some(f"{_PROBE} {_UNPROVEN}"),
        core.Feature.SET_SCHEDULE: _some(window),
        core.Feature.SETTINGS: _some(f"{_PROBE} {_UNPROVEN}"),
        core.Feature.RESERVE_SOC: _some(f"{_PROBE} {_UNPROVEN}"),
        core.Feature.MAX_SOC: _some(f"{_PROBE} {_UNPROVEN}"),
        core.Feature.POWER_LIMITS: _none("No function of SEMS+ is known to do this.", "charge(power_w=…)"),
    }
    return core.Capabilities(
        features=_permitted(features, control=control),
        schedule=core.ScheduleLimits(
            max_windows=8,
            modes=frozenset({core.BatteryMode.CHARGE, core.BatteryMode.EXPORT}),
            recurrence=core.Recurrence.WEEKLY,
        ),
        writes=WRITE_LIMITS,
        interval=_INTERVAL,
    )


def charger_capabilities() -> core.Capabilities:
    """An EV charger of the HCA series; visitors may control it as well."""
    slow = "Takes 60 to 90 s."
    features = {
        core.Feature.READ: core.Capability(
            support=core.Support.FULL, note=f"Energy of the session only; no current. {_UNOFFICIAL}", verified=True
        ),
        core.Feature.HISTORY: _none(
            "Only the running or last charge is kept, by the minute.", "native.get_last_charge()"
        ),
        core.Feature.START: _some(f"With a car plugged in. {slow} {_UNPROVEN}"),
        core.Feature.STOP: _some(f"{slow} {_UNPROVEN}"),
        core.Feature.LIMITS: _some("Computed from kilowatts at 230 V; the range follows from the model."),
        core.Feature.CHARGER_CURRENT: _some(f"Set as kilowatts, which only the mode Fast obeys. {slow} {_UNPROVEN}"),
        core.Feature.SITE_CURRENT: _some(
            f"The incoming limit for dynamic load management; the cloud says success to anything. {_UNPROVEN}"
        ),
    }
    return core.Capabilities(features=features, writes=WRITE_LIMITS, interval=_INTERVAL)


def behaviour() -> core.Behaviour:
    """How a battery behaves, for the simulated home that imitates it; settings show at once."""
    return core.Behaviour(battery=battery_capabilities(alone=True, zone=True, control=True))
