"""Pieces of work on the library's object that take more than one of its calls; coroutines in both flavours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import Unsupported
from openpower_goodwe.local.facts import Family

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_goodwe.local.library import Inverter, Sensor
    from openpower_goodwe.local.session import Work

__all__ = ["check_setting", "ems_mode", "export_limit", "read_all", "runtime", "send", "sensors", "settings"]

_BLOB_END: Final = 100
"""Settings of the ES family below this are places in one long answer, not registers."""


async def runtime(inverter: Inverter) -> dict[str, Any]:
    """All sensors."""
    return await inverter.read_runtime_data()


async def sensors(inverter: Inverter) -> Sequence[Sensor]:
    """What it can be asked."""
    return tuple(inverter.sensors())


async def settings(inverter: Inverter) -> Sequence[Sensor]:
    """What can be set."""
    return tuple(inverter.settings())


async def read_all(inverter: Inverter) -> dict[str, Any]:
    """All settings, one by one; None for those that it has not.

    The library's own way logs a traceback for each that is missing (ET), or gives up at the first (DT).
    """
    if not hasattr(inverter, "_read_sensor"):  # the ES family reads them all at once
        return await inverter.read_settings_data()
    found: dict[str, Any] = {}
    for setting in tuple(inverter.settings()):
        try:
            found[setting.id_] = await inverter.read_setting(setting.id_)
        except ValueError:
            found[setting.id_] = None
    return found


def export_limit(limit: int, *, enable: bool) -> Work[None]:
    """Set the export limit, and switch it on: the library does the first only (mletenay#167)."""

    async def work(inverter: Inverter) -> None:
        await inverter.set_grid_export_limit(limit)
        if enable:
            await inverter.write_setting("grid_export", 1)

    return work


def ems_mode(mode: int, power_w: int | None) -> Work[None]:
    """Set the EMS mode, its power first, so that it never runs with an old one; the library cannot write 0 W."""

    async def work(inverter: Inverter) -> None:
        if power_w is not None:
            await inverter.write_setting("ems_power_limit", power_w)
        await inverter.write_setting("ems_mode", mode)

    return work


def send(command: bytes) -> Work[bytes]:
    """Send bytes as they are."""

    async def work(inverter: Inverter) -> bytes:
        return bytes((await inverter.send_command(command)).raw_data)

    return work


def check_setting(family: Family, setting: str, offsets: dict[str, int]) -> None:
    """Refuse what the library would write to a wrong register: ES settings that are places in an answer."""
    if family is Family.ES and offsets.get(setting, _BLOB_END) < _BLOB_END:
        raise Unsupported(
            f"{setting!r} can be read only: the library takes its place in the answer for a register.",
            feature="write_setting",
            provider="goodwe-local",
            alternatives=("set_grid_export_limit", "set_ongrid_battery_dod", "set_operation_mode"),
        )
