"""The function trees of emulated devices; ids differ from model to model, as the vendor's do."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from openpower_goodwe.semsplus.control.functions import CHARGE_NOW, CHARGE_POWER, CHARGE_TARGET, MAX_SOC, MIN_SOC

if TYPE_CHECKING:
    from openpower_goodwe.semsplus.emulator.station import EmulatedStation

__all__ = ["battery_menu", "tree"]


def tree(station: EmulatedStation) -> dict[str, Any]:
    """An inverter's functions."""
    quirks, rated = station.quirks, int(station.registers.rated_w)
    functions = [_function(station, "80017", "status_setting", "[0,4]")]
    if quirks.export_functions:
        functions.append(_function(station, "47509", "export_limit_enable", "[0,1]"))
        functions.append(_function(station, "47510", "export_limit", f"[0,{rated}]", unit="W"))
    if quirks.limit_functions:
        functions.append(_function(station, MIN_SOC, "soc_protect", "[5,95]", unit="%"))
        functions.append(_function(station, MAX_SOC, "soc_upper_limit", "[10,100]", unit="%"))
    return {"children": [{"name": "GENERAL_FUNCTIONS", "children": [], "functions": functions}]}


def battery_menu(station: EmulatedStation) -> dict[str, Any]:
    """The functions of the battery's tab."""
    if not station.plate.battery_kwh:
        return {"functionMenus": {"children": []}}
    functions = [
        _function(station, CHARGE_NOW, "immediate_charge", "[0,1]"),
        _function(station, CHARGE_NOW, "stop_charging", "[0,1]"),
        _function(station, CHARGE_TARGET, "end_charge_soc", "[0,100]", unit="%"),
        _function(station, CHARGE_POWER, "bat_immediate_charge_power", "[0,100]", unit="%"),
    ]
    return {"functionMenus": {"children": [{"functions": functions}]}}


def _function(station: EmulatedStation, address: str, key: str, span: str, *, unit: str = "N/A") -> dict[str, Any]:
    digest = hashlib.sha256(f"{station.plate.model}{address}{key}".encode()).hexdigest()
    return {
        "address": address,
        "id": str(int(digest[:15], 16)),
        "translateKey": key,
        "rwType": "RW",
        "range": span,
        "gain": 1,
        "unit": unit,
        "type": "U16",
        "size": 1,
    }
