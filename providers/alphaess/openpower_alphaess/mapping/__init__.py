"""The vendor's words to ours, without any I/O: signs, units, time zones, and what not to believe."""

from __future__ import annotations

from openpower_alphaess.mapping.energy import Today, today
from openpower_alphaess.mapping.live import (
    Flows,
    flows,
    to_battery_reading,
    to_ev_charger_reading,
    to_inverter_reading,
    to_meter_reading,
)
from openpower_alphaess.mapping.series import (
    Sample,
    newest,
    pv_is_missing,
    samples,
    to_battery_sample,
    to_ev_charger_sample,
    to_flows,
    to_inverter_sample,
    to_meter_sample,
)
from openpower_alphaess.mapping.systems import to_battery_info, to_inverter_info, to_meter_info

__all__ = [
    "Flows",
    "Sample",
    "Today",
    "flows",
    "newest",
    "pv_is_missing",
    "samples",
    "to_battery_info",
    "to_battery_reading",
    "to_battery_sample",
    "to_ev_charger_reading",
    "to_ev_charger_sample",
    "to_flows",
    "to_inverter_info",
    "to_inverter_reading",
    "to_inverter_sample",
    "to_meter_info",
    "to_meter_reading",
    "to_meter_sample",
    "today",
]
