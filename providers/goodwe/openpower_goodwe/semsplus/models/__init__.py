"""What SEMS+ answers, in the vendor's words and units (kW, kWh, %, the station's wall clock)."""

from openpower_goodwe.semsplus.models.alarms import Alarm, AlarmCount
from openpower_goodwe.semsplus.models.devices import (
    DeviceRow,
    DeviceStatus,
    DeviceStatusGroup,
    DeviceType,
    Factor,
    FactorGroup,
    RelatedDevice,
)
from openpower_goodwe.semsplus.models.ev import ChargeLog, ChargeMode, ChargePoint, EvCharger, EvControls, LastCharge
from openpower_goodwe.semsplus.models.power import (
    EnergyItem,
    EnergyPoint,
    Flow,
    PowerItem,
    PowerPoint,
    PowerSeries,
    Statistics,
)
from openpower_goodwe.semsplus.models.remote import Function, NamedSetting, NamedSettings, WorkMode
from openpower_goodwe.semsplus.models.stations import (
    Production,
    ShareInfo,
    Station,
    StationCount,
    StationInfo,
    User,
    to_status,
)

__all__ = [
    "Alarm",
    "AlarmCount",
    "ChargeLog",
    "ChargeMode",
    "ChargePoint",
    "DeviceRow",
    "DeviceStatus",
    "DeviceStatusGroup",
    "DeviceType",
    "EnergyItem",
    "EnergyPoint",
    "EvCharger",
    "EvControls",
    "Factor",
    "FactorGroup",
    "Flow",
    "Function",
    "LastCharge",
    "NamedSetting",
    "NamedSettings",
    "PowerItem",
    "PowerPoint",
    "PowerSeries",
    "Production",
    "RelatedDevice",
    "ShareInfo",
    "Station",
    "StationCount",
    "StationInfo",
    "Statistics",
    "User",
    "WorkMode",
    "to_status",
]
