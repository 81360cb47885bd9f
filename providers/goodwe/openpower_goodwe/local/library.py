"""The library ``goodwe`` (extra ``local``): loaded when somebody connects, and given our own way to the inverter.

Only this module touches the library. Its objects are made with a protocol object of ours, by overriding the method
that chooses one: so UDP can go to any port, nothing is sent twice that writes, and no lost answer passes for
"this inverter has no such registers".
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final, Protocol

from openpower_core.errors import ConfigurationError
from openpower_goodwe.local.facts import Facts, Family, rated_by_name

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["UDP_PORT", "Family", "Inverter", "Sensor", "facts", "family_of", "load", "make"]

UDP_PORT: Final = 8899


class Sensor(Protocol):
    """One value of an inverter, as the library describes it."""

    id_: str
    offset: int
    name: str
    size_: int
    unit: str


class Inverter(Protocol):
    """The library's object, as far as openpower relies on it; see ``goodwe.Inverter``."""

    model_name: str | None
    serial_number: str
    rated_power: int
    firmware: str | None
    arm_firmware: str | None
    arm_version: int

    async def read_device_info(self) -> None: ...
    async def read_runtime_data(self) -> dict[str, Any]: ...
    async def read_sensor(self, sensor_id: str) -> Any: ...
    async def read_setting(self, setting_id: str) -> Any: ...
    async def write_setting(self, setting_id: str, value: Any) -> None: ...
    async def read_settings_data(self) -> dict[str, Any]: ...
    async def send_command(self, command: bytes) -> Any: ...
    async def get_grid_export_limit(self) -> int: ...
    async def set_grid_export_limit(self, export_limit: int) -> None: ...
    async def get_operation_modes(self, include_emulated: bool) -> tuple[Any, ...]: ...
    async def get_operation_mode(self) -> Any: ...
    async def set_operation_mode(
        self, operation_mode: Any, eco_mode_power: int = 100, eco_mode_soc: int = 100
    ) -> None: ...
    async def get_ems_mode(self) -> Any: ...
    async def get_ongrid_battery_dod(self) -> int: ...
    async def set_ongrid_battery_dod(self, dod: int) -> None: ...
    def sensors(self) -> Sequence[Sensor]: ...
    def settings(self) -> Sequence[Sensor]: ...


def load(module: str = "goodwe") -> Any:
    """Import the library, or a module of it.

    Raises:
        ConfigurationError: the extra ``local`` is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            "speaking to inverters on the local network needs the library goodwe.",
            provider="goodwe-local",
            hint='Install it: pip install "openpower[local]". Without it, goodwe-sems and goodwe go by the cloud.',
        ) from missing


def make(family: Family, wire: Any, host: str, port: int) -> Inverter:
    """The library's object of a family, which speaks through ``wire``."""
    base = getattr(load(), family.value)
    ours = {"_create_protocol": staticmethod(lambda *_: wire), "__doc__": base.__doc__}
    inverter: Inverter = type(f"{family.value}OverWire", (base,), ours)(host, port, wire.unit)
    return inverter


def family_of(serial: str) -> Family | None:
    """Tell the family from the three letters in a serial number, by the library's tables."""
    model = load("goodwe.model")
    for family in Family:
        tags: Sequence[str] = getattr(model, f"{family.value}_MODEL_TAGS")
        if any(tag in serial for tag in tags):
            return family
    return None


def facts(family: Family, inverter: Inverter) -> Facts:
    """What the library has learnt of an inverter."""
    model = load("goodwe.model")
    settings = {setting.id_: setting for setting in inverter.settings()}
    slot = settings.get("eco_mode_1")
    return Facts(
        family=family,
        serial=inverter.serial_number.strip("\0 "),
        model=(inverter.model_name or "").strip("\0 ") or None,
        # The library reads it of the ET family only; the others' model names tell.
        rated_w=inverter.rated_power or rated_by_name(inverter.model_name),
        firmware=inverter.firmware,
        arm_firmware=inverter.arm_firmware,
        single_phase=bool(model.is_single_phase(inverter)),
        slot_bytes=None if slot is None else slot.size_,
        slots_per_mille=bool(model.is_745_platform(inverter)),
        slots_at=None if slot is None else slot.offset,
        fast_charging="fast_charging" in settings,
        fast_charging_power="fast_charging_power" in settings,
    )
