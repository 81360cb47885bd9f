from openpower_goodwe.local.mapping.capabilities import (
    battery_capabilities as battery_capabilities,
    behaviour as behaviour,
    inverter_capabilities as inverter_capabilities,
    meter_capabilities as meter_capabilities,
    to_battery_info as to_battery_info,
    to_inverter_info as to_inverter_info,
    to_meter_info as to_meter_info,
)
from openpower_goodwe.local.mapping.readings import (
    Flows as Flows,
    has_battery as has_battery,
    has_meter as has_meter,
    has_second as has_second,
    to_battery_reading as to_battery_reading,
    to_flows as to_flows,
    to_inverter_reading as to_inverter_reading,
    to_measured_at as to_measured_at,
    to_meter_reading as to_meter_reading,
)
