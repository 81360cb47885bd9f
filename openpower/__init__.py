"""One typed Python API for every solar inverter, home battery, EV charger and electricity retailer.

    import openpower

    with openpower.connect("demo") as home:
        print(home.battery().read().soc_pct)

Names are looked up on first use, so that importing this costs next to nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from openpower._connect import connect, connect_async
    from openpower.site import AsyncSite, Failure, Site, Snapshot
    from openpower_core.balance import Balance, balance
    from openpower_core.capabilities import (
        Capabilities,
        Capability,
        Feature,
        Recurrence,
        ScheduleLimits,
        Support,
        WriteLimits,
    )
    from openpower_core.connection._async import AsyncConnection
    from openpower_core.connection._sync import Connection
    from openpower_core.control import (
        EVERY_DAY,
        UNSET,
        BatteryCommand,
        BatteryMode,
        BatterySettings,
        CurrentLimits,
        CurrentScope,
        Permissions,
        Schedule,
        Unset,
        Weekday,
        Window,
    )
    from openpower_core.devices._async import (
        AsyncBattery,
        AsyncDevice,
        AsyncEVCharger,
        AsyncInverter,
        AsyncMeter,
        AsyncRetailer,
    )
    from openpower_core.devices._sync import Battery, Device, EVCharger, Inverter, Meter, Retailer
    from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo, Role
    from openpower_core.errors import (
        AmbiguousDevice,
        AuthenticationFailed,
        AuthError,
        BadResponse,
        ClockSkew,
        ConfigurationError,
        ControlError,
        DataError,
        DeviceNotFound,
        DeviceOffline,
        ImplausibleValue,
        IncompatibleProvider,
        InvalidValue,
        MissingCredential,
        NetworkError,
        NotBound,
        OpenPowerError,
        PartialData,
        PermissionDenied,
        ProviderLoadError,
        RateLimited,
        RequestError,
        ServiceUnavailable,
        StaleData,
        TemporaryError,
        Timeout,
        UnknownProvider,
        Unsupported,
        Veto,
        WriteBudgetExhausted,
        WriteNotConfirmed,
        WriteRejected,
    )
    from openpower_core.prices import Channel, GridMix, Price, PriceKind, PriceSeries, Usage, UsageQuality
    from openpower_core.readings import (
        BatteryReading,
        ChargerStatus,
        EnergyCounter,
        EVChargerReading,
        InverterReading,
        InverterStatus,
        MeterReading,
        Quality,
        Reading,
        Stamp,
    )
    from openpower_core.registry._providers import ProviderInfo, providers, register
    from openpower_core.registry.spec import ProviderSpec
    from openpower_core.secrets import Secret, mask
    from openpower_core.writes import Adjustment, Confirm, NativeCall, Receipt, WriteState

__all__ = [
    "EVERY_DAY",
    "UNSET",
    "Adjustment",
    "AmbiguousDevice",
    "AsyncBattery",
    "AsyncConnection",
    "AsyncDevice",
    "AsyncEVCharger",
    "AsyncInverter",
    "AsyncMeter",
    "AsyncRetailer",
    "AsyncSite",
    "AuthError",
    "AuthenticationFailed",
    "BadResponse",
    "Balance",
    "Battery",
    "BatteryCommand",
    "BatteryInfo",
    "BatteryMode",
    "BatteryReading",
    "BatterySettings",
    "Capabilities",
    "Capability",
    "Channel",
    "ChargerStatus",
    "ClockSkew",
    "ConfigurationError",
    "Confirm",
    "Connection",
    "ControlError",
    "CurrentLimits",
    "CurrentScope",
    "DataError",
    "Device",
    "DeviceInfo",
    "DeviceNotFound",
    "DeviceOffline",
    "EVCharger",
    "EVChargerReading",
    "EnergyCounter",
    "Failure",
    "Feature",
    "GridMix",
    "ImplausibleValue",
    "IncompatibleProvider",
    "InvalidValue",
    "Inverter",
    "InverterInfo",
    "InverterReading",
    "InverterStatus",
    "Meter",
    "MeterReading",
    "MissingCredential",
    "NativeCall",
    "NetworkError",
    "NotBound",
    "OpenPowerError",
    "PartialData",
    "PermissionDenied",
    "Permissions",
    "Price",
    "PriceKind",
    "PriceSeries",
    "ProviderInfo",
    "ProviderLoadError",
    "ProviderSpec",
    "Quality",
    "RateLimited",
    "Reading",
    "Receipt",
    "Recurrence",
    "RequestError",
    "Retailer",
    "Role",
    "Schedule",
    "ScheduleLimits",
    "Secret",
    "ServiceUnavailable",
    "Site",
    "Snapshot",
    "StaleData",
    "Stamp",
    "Support",
    "TemporaryError",
    "Timeout",
    "UnknownProvider",
    "Unset",
    "Unsupported",
    "Usage",
    "UsageQuality",
    "Veto",
    "Weekday",
    "Window",
    "WriteBudgetExhausted",
    "WriteLimits",
    "WriteNotConfirmed",
    "WriteRejected",
    "WriteState",
    "balance",
    "connect",
    "connect_async",
    "mask",
    "providers",
    "register",
]

_MODULES = {
    "openpower._connect": "connect connect_async",
    "openpower.site": "AsyncSite Failure Site Snapshot",
    "openpower_core.balance": "Balance balance",
    "openpower_core.capabilities": ("Capabilities Capability Feature Recurrence ScheduleLimits Support WriteLimits"),
    "openpower_core.connection._async": "AsyncConnection",
    "openpower_core.connection._sync": "Connection",
    "openpower_core.control": (
        "EVERY_DAY UNSET BatteryCommand BatteryMode BatterySettings CurrentLimits CurrentScope "
        "Permissions Schedule Unset Weekday Window"
    ),
    "openpower_core.devices._async": ("AsyncBattery AsyncDevice AsyncEVCharger AsyncInverter AsyncMeter AsyncRetailer"),
    "openpower_core.devices._sync": "Battery Device EVCharger Inverter Meter Retailer",
    "openpower_core.devices.info": "BatteryInfo DeviceInfo InverterInfo Role",
    "openpower_core.errors": (
        "AmbiguousDevice AuthError AuthenticationFailed BadResponse ClockSkew ConfigurationError "
        "ControlError DataError DeviceNotFound DeviceOffline ImplausibleValue IncompatibleProvider "
        "InvalidValue MissingCredential NetworkError NotBound OpenPowerError PartialData "
        "PermissionDenied ProviderLoadError RateLimited RequestError ServiceUnavailable StaleData "
        "TemporaryError Timeout UnknownProvider Unsupported Veto WriteBudgetExhausted "
        "WriteNotConfirmed WriteRejected"
    ),
    "openpower_core.prices": "Channel GridMix Price PriceKind PriceSeries Usage UsageQuality",
    "openpower_core.readings": (
        "BatteryReading ChargerStatus EVChargerReading EnergyCounter InverterReading InverterStatus "
        "MeterReading Quality Reading Stamp"
    ),
    "openpower_core.registry._providers": "ProviderInfo providers register",
    "openpower_core.registry.spec": "ProviderSpec",
    "openpower_core.secrets": "Secret mask",
    "openpower_core.writes": "Adjustment Confirm NativeCall Receipt WriteState",
}


if not TYPE_CHECKING:
    # Hidden from type checkers, so that a misspelt name is an error to them.

    def __getattr__(name: str) -> object:
        from importlib import import_module

        for module, names in _MODULES.items():
            if name in names.split():
                value: object = getattr(import_module(module), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
