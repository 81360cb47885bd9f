from openpower_core._async_closing import AsyncNativeClient as AsyncNativeClient
from openpower_core._error import without_frames as without_frames
from openpower_core._sync_closing import NativeClient as NativeClient
from openpower_core.capabilities import (
    Capabilities as Capabilities,
    Capability as Capability,
    Feature as Feature,
    Recurrence as Recurrence,
    ScheduleLimits as ScheduleLimits,
    Support as Support,
    WriteLimits as WriteLimits,
)
from openpower_core.checks import (
    at_least_zero as at_least_zero,
    aware as aware,
    aware_or_none as aware_or_none,
    check_not_over as check_not_over,
    check_percentage as check_percentage,
    check_schedule_zone as check_schedule_zone,
    counter_or_none as counter_or_none,
    non_negative as non_negative,
    percentage as percentage,
    percentage_or_none as percentage_or_none,
    positive as positive,
    sum_of_known as sum_of_known,
)
from openpower_core.clock import (
    SYSTEM_CLOCK as SYSTEM_CLOCK,
    Clock as Clock,
    ManualClock as ManualClock,
    ScaledClock as ScaledClock,
    SystemClock as SystemClock,
    from_wall_clock as from_wall_clock,
    local_days as local_days,
)
from openpower_core.connection import (
    AsyncBackend as AsyncBackend,
    AsyncBaseBackend as AsyncBaseBackend,
    AsyncSharedFetch as AsyncSharedFetch,
    Backend as Backend,
    BaseBackend as BaseBackend,
    Context as Context,
    Fetched as Fetched,
    SharedFetch as SharedFetch,
)
from openpower_core.control import (
    EVERY_DAY as EVERY_DAY,
    UNSET as UNSET,
    BatteryCommand as BatteryCommand,
    BatteryMode as BatteryMode,
    BatterySettings as BatterySettings,
    CurrentLimits as CurrentLimits,
    CurrentScope as CurrentScope,
    Permissions as Permissions,
    Schedule as Schedule,
    Unset as Unset,
    Weekday as Weekday,
    Window as Window,
)
from openpower_core.convert import decode_series as decode_series, structure as structure, unstructure as unstructure
from openpower_core.devices import (
    BatteryInfo as BatteryInfo,
    DeviceInfo as DeviceInfo,
    InverterInfo as InverterInfo,
    Role as Role,
)
from openpower_core.devices._async import (
    AsyncBaseBattery as AsyncBaseBattery,
    AsyncBaseDevice as AsyncBaseDevice,
    AsyncBaseEVCharger as AsyncBaseEVCharger,
    AsyncBaseInverter as AsyncBaseInverter,
    AsyncBaseMeter as AsyncBaseMeter,
    AsyncBaseRetailer as AsyncBaseRetailer,
    AsyncBattery as AsyncBattery,
    AsyncDevice as AsyncDevice,
    AsyncEVCharger as AsyncEVCharger,
    AsyncInverter as AsyncInverter,
    AsyncMeter as AsyncMeter,
    AsyncRetailer as AsyncRetailer,
)
from openpower_core.devices._sync import (
    BaseBattery as BaseBattery,
    BaseDevice as BaseDevice,
    BaseEVCharger as BaseEVCharger,
    BaseInverter as BaseInverter,
    BaseMeter as BaseMeter,
    BaseRetailer as BaseRetailer,
    Battery as Battery,
    Device as Device,
    EVCharger as EVCharger,
    Inverter as Inverter,
    Meter as Meter,
    Retailer as Retailer,
)
from openpower_core.devices.calls import (
    CommandOptions as CommandOptions,
    HoldOptions as HoldOptions,
    SettingsOptions as SettingsOptions,
    WriteOptions as WriteOptions,
    to_command as to_command,
    to_settings as to_settings,
)
from openpower_core.errors import (
    AmbiguousDevice as AmbiguousDevice,
    AuthenticationFailed as AuthenticationFailed,
    AuthError as AuthError,
    BadResponse as BadResponse,
    ClockSkew as ClockSkew,
    ConfigurationError as ConfigurationError,
    ControlError as ControlError,
    DataError as DataError,
    DeviceNotFound as DeviceNotFound,
    DeviceOffline as DeviceOffline,
    ImplausibleValue as ImplausibleValue,
    IncompatibleProvider as IncompatibleProvider,
    InvalidValue as InvalidValue,
    MissingCredential as MissingCredential,
    NetworkError as NetworkError,
    NotBound as NotBound,
    OpenPowerError as OpenPowerError,
    PartialData as PartialData,
    PermissionDenied as PermissionDenied,
    ProviderLoadError as ProviderLoadError,
    RateLimited as RateLimited,
    RequestError as RequestError,
    ServiceUnavailable as ServiceUnavailable,
    StaleData as StaleData,
    TemporaryError as TemporaryError,
    Timeout as Timeout,
    UnknownProvider as UnknownProvider,
    Unsupported as Unsupported,
    Veto as Veto,
    WriteBudgetExhausted as WriteBudgetExhausted,
    WriteNotConfirmed as WriteNotConfirmed,
    WriteRejected as WriteRejected,
)
from openpower_core.http import (
    Answer as Answer,
    AsyncHttpClient as AsyncHttpClient,
    AsyncTransport as AsyncTransport,
    Check as Check,
    HttpClient as HttpClient,
    Rate as Rate,
    RateLimiter as RateLimiter,
    Request as Request,
    Signer as Signer,
    Transport as Transport,
    check_status as check_status,
    retry_after as retry_after,
    status_error as status_error,
)
from openpower_core.lazy import lazy as lazy
from openpower_core.prices import (
    Channel as Channel,
    GridMix as GridMix,
    Price as Price,
    PriceKind as PriceKind,
    PriceSeries as PriceSeries,
    Usage as Usage,
    UsageQuality as UsageQuality,
)
from openpower_core.readings import (
    BatteryReading as BatteryReading,
    ChargerStatus as ChargerStatus,
    EnergyCounter as EnergyCounter,
    EVChargerReading as EVChargerReading,
    InverterReading as InverterReading,
    InverterStatus as InverterStatus,
    MeterReading as MeterReading,
    Quality as Quality,
    Reading as Reading,
    Stamp as Stamp,
)
from openpower_core.records import (
    Record as Record,
    VendorEnum as VendorEnum,
    VendorIntEnum as VendorIntEnum,
    key as key,
    record as record,
)
from openpower_core.registry.hookspecs import hookimpl as hookimpl
from openpower_core.registry.spec import (
    PROVIDER_API as PROVIDER_API,
    Credential as Credential,
    Option as Option,
    ProviderSpec as ProviderSpec,
)
from openpower_core.secrets import Secret as Secret, credential as credential, mask as mask
from openpower_core.text import clean as clean
from openpower_core.waiting import (
    ALock as ALock,
    Lock as Lock,
    agather as agather,
    asleep as asleep,
    gather as gather,
    sleep as sleep,
)
from openpower_core.write import (
    AsyncDocument as AsyncDocument,
    AsyncNativeGate as AsyncNativeGate,
    AsyncSetting as AsyncSetting,
    AsyncWriter as AsyncWriter,
    Document as Document,
    Draft as Draft,
    MemoryStore as MemoryStore,
    NativeGate as NativeGate,
    Plan as Plan,
    Scale as Scale,
    Setting as Setting,
    Writer as Writer,
)
from openpower_core.writes import (
    ActiveCommand as ActiveCommand,
    Adjustment as Adjustment,
    Confirm as Confirm,
    NativeCall as NativeCall,
    Receipt as Receipt,
    WriteState as WriteState,
    adjusted as adjusted,
)
