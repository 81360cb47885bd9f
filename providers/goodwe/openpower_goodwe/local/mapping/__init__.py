"""The inverters' words to ours; pure. The grid's sign is turned in :mod:`~openpower_goodwe.local.mapping.flows`."""

from __future__ import annotations

from openpower_goodwe.local.mapping.capabilities import battery_capabilities, inverter_capabilities, meter_capabilities
from openpower_goodwe.local.mapping.flows import Flows, has_battery, has_meter, to_flows
from openpower_goodwe.local.mapping.infos import to_battery_info, to_inverter_info, to_meter_info
from openpower_goodwe.local.mapping.readings import to_battery_reading, to_inverter_reading, to_meter_reading

__all__ = [
    "Flows",
    "battery_capabilities",
    "has_battery",
    "has_meter",
    "inverter_capabilities",
    "meter_capabilities",
    "to_battery_info",
    "to_battery_reading",
    "to_flows",
    "to_inverter_info",
    "to_inverter_reading",
    "to_meter_info",
    "to_meter_reading",
]
