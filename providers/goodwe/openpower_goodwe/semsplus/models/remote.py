"""Remote control: the functions that a device offers, and the settings that have names."""

from __future__ import annotations

from typing import Any

from openpower_core.records import Record, key, record

__all__ = ["Function", "NamedSetting", "NamedSettings", "WorkMode"]


@record
class Function(Record):
    """One function of a device; ``id`` differs from model to model, so it is discovered, never assumed."""

    address: str | int
    """The inverter's Modbus holding register as text; a few, such as 80017, are virtual."""
    function_id: str | int = key("id")
    translate_key: str | None = key("translateKey", default=None)
    func_key: str | None = key("funcKey", default=None)
    access: str | None = key("rwType", default=None, also=("readWrite",))
    range: str | None = None
    """Such as ``"[0,10000]"``."""
    gain: float | None = key("gain", default=None, lenient=True)
    unit: str | None = None


@record
class WorkMode(Record):
    """``get-work-mode``: which generation of work modes an inverter has."""

    work_mode: str | None = key("workMode", default=None)
    """``"1.0"``, ``"2.0"`` or ``"3.0"``."""
    arm: str | int | None = None


@record
class NamedSetting(Record):
    """One named setting, such as ``TOU1``."""

    name: str = key("functionName")
    value: dict[str, Any] | None = None


@record
class NamedSettings(Record):
    """``v1/remote/get``: the named settings that were asked for."""

    sn: str | None = key("sn", default=None, serial=True)
    settings: list[NamedSetting] | None = key("items", default=None)
