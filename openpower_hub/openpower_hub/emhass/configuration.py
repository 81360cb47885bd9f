"""EMHASS's ``config.json`` from nameplates: what is known of the home; what is not stays EMHASS's default, and is named."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

from openpower_core.capabilities import Feature
from openpower_core.devices.roles import Role
from openpower_core.errors import OpenPowerError
from openpower_hub.config import EMHASSConfig

if TYPE_CHECKING:
    from openpower_hub.homes import Home


_Setting = tuple[str, Any, str]
"""A key, its value, and what is missing where that is None."""


@frozen(kw_only=True)
class Configuration:
    """What is written for EMHASS."""

    settings: Mapping[str, Any]
    """The keys of ``config.json``; those that are missing keep EMHASS's defaults."""
    notes: tuple[str, ...]
    """What is not known and was left out, and what else is to be set, in words."""

    @property
    def text(self) -> str:
        """The file."""
        return json.dumps(self.settings, indent=2) + "\n"


async def configuration(home: Home, config: EMHASSConfig | None = None) -> Configuration:
    """EMHASS's configuration for a home that was found; its battery's and inverter's settings are read.

    Args:
        home: the home.
        config: for the length of a step; None for the default.
    """
    settings: dict[str, Any] = {
        "optimization_time_step": round((config or EMHASSConfig()).interval.total_seconds() / 60),
        "method_ts_round": "first",
        "costfun": "profit",
        # By default EMHASS plans with two loads that nobody has.
        "number_of_deferrable_loads": 0,
        "nominal_power_of_deferrable_loads": [],
        "minimum_power_of_deferrable_loads": [],
        "operating_hours_of_each_deferrable_load": [],
    }
    notes: list[str] = []
    for part in (_battery, _inverter):
        async for name, value, missing in part(home):
            if value is None:
                notes.append(f"{name} is EMHASS's default: {missing}.")
            else:
                settings[name] = value
    notes += _about_loads(home)
    notes.append("maximum_power_from_grid is EMHASS's default (9000 W): set it to what your connection allows.")
    notes.append("Efficiencies are EMHASS's defaults (95 % each way): vendors do not report them.")
    return Configuration(settings=settings, notes=tuple(notes))


async def _battery(home: Home) -> AsyncIterator[_Setting]:
    batteries = [state for state in home.of_role(Role.BATTERY) if state.info.active]
    if not batteries:
        yield "set_use_battery", False, ""
        return
    info: Any = batteries[0].info
    device: Any = batteries[0].device
    reserve: float | None = None
    if device.capabilities[Feature.SETTINGS]:
        try:
            reserve = (await device.settings()).reserve_soc_pct
        except OpenPowerError:
            reserve = None
    capacity = info.capacity_kwh or info.usable_kwh
    exports = bool(device.capabilities[Feature.EXPORT])
    yield "set_use_battery", True, ""
    yield "battery_nominal_energy_capacity", None if not capacity else round(capacity * 1000), "its size is unknown"
    yield "battery_charge_power_max", info.max_charge_w, "the battery does not report its power"
    yield "battery_discharge_power_max", info.max_discharge_w, "the battery does not report its power"
    yield (
        "battery_minimum_state_of_charge",
        None if reserve is None else round(reserve / 100, 3),
        "the reserve of the battery is unknown",
    )
    yield "battery_maximum_state_of_charge", 1.0, ""
    # Else it plans an export that cannot be commanded.
    yield "set_nodischarge_to_grid", not exports, ""
    if len(batteries) > 1:
        yield "number_of_batteries", None, "openpower carries out plans for one battery, the first one"


async def _inverter(home: Home) -> AsyncIterator[_Setting]:
    inverters = [state for state in home.of_role(Role.INVERTER) if state.info.active]
    yield "set_use_pv", bool(inverters), ""
    if not inverters:
        return
    info: Any = inverters[0].info
    device: Any = inverters[0].device
    # A battery with the serial number of the inverter is behind it, and shares its output.
    hybrid = any(each.info.serial == info.serial for each in home.of_role(Role.BATTERY))
    yield "inverter_is_hybrid", hybrid, ""
    for name in ("inverter_ac_output_max", "inverter_ac_input_max"):
        yield name, info.rated_w and round(info.rated_w), "the inverter does not report its power"
    limit: float | None = None
    if device.capabilities[Feature.EXPORT_LIMIT]:
        try:
            limit = await device.export_limit()
        except OpenPowerError:
            limit = None
    yield (
        "maximum_power_to_grid",
        None if limit is None else round(limit),
        "no export limit is set, or it cannot be read",
    )
    yield "compute_curtailment", bool(device.capabilities[Feature.SET_EXPORT_LIMIT]), ""


def _about_loads(home: Home) -> Iterator[str]:
    if home.of_role(Role.EV_CHARGER):
        yield "number_of_deferrable_loads is 0, as openpower does not carry out EMHASS's plan for the car yet."
    if home.of_role(Role.INVERTER):
        yield (
            'The solar modules are unknown to openpower: set them in EMHASS, or solar = "history" under [emhass] for'
            " forecasts from the history."
        )
