from openpower_core.devices._async import AsyncBattery as AsyncBattery, AsyncDevice as AsyncDevice
from openpower_core.devices._async_roles import (
    AsyncEVCharger as AsyncEVCharger,
    AsyncInverter as AsyncInverter,
    AsyncMeter as AsyncMeter,
    AsyncRetailer as AsyncRetailer,
)
from openpower_core.devices._sync import Battery as Battery, Device as Device
from openpower_core.devices._sync_roles import (
    EVCharger as EVCharger,
    Inverter as Inverter,
    Meter as Meter,
    Retailer as Retailer,
)
from openpower_core.devices.info import (
    BatteryInfo as BatteryInfo,
    DeviceInfo as DeviceInfo,
    InverterInfo as InverterInfo,
)
from openpower_core.devices.roles import Role as Role
