"""Who the devices of a station are, and what they can do over SEMS+."""

from __future__ import annotations

from attrs import frozen

from openpower_core.provider import (
    BatteryInfo,
    BatteryMode,
    Capabilities,
    Capability,
    DeviceInfo,
    Feature,
    InverterInfo,
    Recurrence,
    Role,
    ScheduleLimits,
    Support,
)
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
        return watts(self.rated_kw)


def to_inverter_info(box: Box) -> InverterInfo:
    """An inverter."""
    return InverterInfo(
        id=f"{box.sn}/{Role.INVERTER.value}",
        provider="goodwe-sems",
        serial=box.sn,
        role=Role.INVERTER,
        model=box.model or box.row.model,
        vendor="GoodWe",
        tz=box.tz,
        rated_w=box.rated_w,
    )


def to_battery_info(box: Box, inverter: Box | None, capacity_kwh: float | None) -> BatteryInfo:
    """A battery, behind its inverter."""
    most = inverter.rated_w if inverter else None
    return BatteryInfo(
        id=f"{box.sn}/{Role.BATTERY.value}",
        provider="goodwe-sems",
        serial=box.sn,
        role=Role.BATTERY,
        model=box.model or box.row.model,
        vendor="GoodWe",
        tz=box.tz,
        capacity_kwh=capacity_kwh or None,
        max_charge_w=most,
        max_discharge_w=most,
    )


def to_device_info(box: Box, role: Role) -> DeviceInfo:
    """A meter or a charger."""
    return DeviceInfo(
        id=f"{box.sn}/{role.value}",
        provider="goodwe-sems",
        serial=box.sn,
        role=role,
        model=box.model or box.row.model,
        vendor="GoodWe",
        tz=box.tz,
    )


_UNOFFICIAL = "SEMS+ is unofficial."
_UNPROVEN = "Unproven: known from clients' code, and no capture of it is public."
_PROBE = "Found in the inverter's function tree on first use."
_LOCAL = ("goodwe-local",)
_NO_RIGHT = "The account may not control this station (INVERTER_REMOTE); ask its owner for the right."
_CONTROLS = (
    Feature.EXPORT_LIMIT,
    Feature.SET_EXPORT_LIMIT,
    Feature.AUTO,
    Feature.CHARGE,
    Feature.EXPORT,
    Feature.COMMAND_POWER,
    Feature.COMMAND_TARGET_SOC,
    Feature.RELEASE,
    Feature.SCHEDULE,
    Feature.SET_SCHEDULE,
    Feature.SETTINGS,
    Feature.RESERVE_SOC,
    Feature.MAX_SOC,
)


def _some(note: str, *, verified: bool = False) -> Capability:
    return Capability(support=Support.CONDITIONAL, note=note, verified=verified)


def _none(note: str, *instead: str) -> Capability:
    return Capability(support=Support.UNSUPPORTED, note=note, alternatives=instead)


def _readings(*, alone: bool, zone: bool) -> dict[Feature, Capability]:
    history = _some(f"The station's one-minute series. {_UNPROVEN}")
    if not alone:
        history = _none("The series is the whole station's.", "native.get_time_series()")
    elif not zone:
        history = _none("The station's time zone is unknown.", "connect with tz=")
    return {
        Feature.READ: Capability(support=Support.FULL, note=f"New once a minute. {_UNOFFICIAL}", verified=True),
        Feature.HISTORY: history,
    }


def _permitted(features: dict[Feature, Capability], *, control: bool) -> dict[Feature, Capability]:
    if control:
        return features
    denied = _none(_NO_RIGHT)
    return {name: denied if name in _CONTROLS else each for name, each in features.items()}


def inverter_capabilities(*, alone: bool, zone: bool, control: bool) -> Capabilities:
    """An inverter.

    Args:
        alone: whether the station has no other.
        zone: whether the station's zone is known.
        control: whether the account may control it.
    """
    limit = _some(f"{_PROBE} {_UNPROVEN}")
    features = {**_readings(alone=alone, zone=zone), Feature.EXPORT_LIMIT: limit, Feature.SET_EXPORT_LIMIT: limit}
    return Capabilities(features=_permitted(features, control=control), writes=WRITE_LIMITS)


def meter_capabilities(*, zone: bool) -> Capabilities:
    """The grid connection of a station."""
    return Capabilities(features=_readings(alone=True, zone=zone))


def battery_capabilities(*, alone: bool, zone: bool, control: bool) -> Capabilities:
    """A battery; see :func:`inverter_capabilities`."""
    window = (
        "A time-of-use slot, which comes back every week until it is released. "
        f"Work modes 2.0 and 3.0 only. {_PROBE} {_UNPROVEN}"
    )
    no_mode = _none("No function of SEMS+ does this.", *_LOCAL)
    features = {
        **_readings(alone=alone, zone=zone),
        Feature.AUTO: _some(f"Stops an immediate charge and the slots. {_UNPROVEN}"),
        Feature.CHARGE: Capability(
            support=Support.EMULATED,
            note=f"An immediate charge, which ends by its target only; a later start is a slot. {_PROBE} {_UNPROVEN}",
        ),
        Feature.EXPORT: Capability(support=Support.EMULATED, note=window),
        Feature.HOLD: no_mode,
        Feature.IDLE: no_mode,
        Feature.NO_CHARGE: no_mode,
        Feature.COMMAND_POWER: _some("In shares of the inverter's rated power."),
        Feature.COMMAND_TARGET_SOC: _some("In whole percentages."),
        Feature.RELEASE: _some("Puts back what was there before."),
        Feature.SCHEDULE: _some(f"{_PROBE} {_UNPROVEN}"),
        Feature.SET_SCHEDULE: _some(window),
        Feature.SETTINGS: _some(f"{_PROBE} {_UNPROVEN}"),
        Feature.RESERVE_SOC: _some(f"{_PROBE} {_UNPROVEN}"),
        Feature.MAX_SOC: _some(f"{_PROBE} {_UNPROVEN}"),
    }
    return Capabilities(
        features=_permitted(features, control=control),
        schedule=ScheduleLimits(
            max_windows=8, modes=frozenset({BatteryMode.CHARGE, BatteryMode.EXPORT}), recurrence=Recurrence.WEEKLY
        ),
        writes=WRITE_LIMITS,
    )


def charger_capabilities() -> Capabilities:
    """An EV charger of the HCA series; visitors may control it as well."""
    slow = "Takes 60 to 90 s."
    features = {
        Feature.READ: Capability(
            support=Support.FULL, note=f"Energy of the session only; no current. {_UNOFFICIAL}", verified=True
        ),
        Feature.HISTORY: _none("Only the running or last charge is kept, by the minute.", "native.get_last_charge()"),
        Feature.START: _some(f"With a car plugged in. {slow} {_UNPROVEN}"),
        Feature.STOP: _some(f"{slow} {_UNPROVEN}"),
        Feature.LIMITS: _some("Computed from kilowatts at 230 V; the range follows from the model."),
        Feature.CHARGER_CURRENT: _some(f"Set as kilowatts, which only the mode Fast obeys. {slow} {_UNPROVEN}"),
        Feature.SITE_CURRENT: _some(
            f"The incoming limit for dynamic load management; the cloud says success to anything. {_UNPROVEN}"
        ),
    }
    return Capabilities(features=features, writes=WRITE_LIMITS)
