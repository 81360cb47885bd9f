from openpower_core._async_closing import AsyncNativeClient as AsyncNativeClient
from openpower_core._error import (
    nearest as nearest,
    refused as refused,
    shown as shown,
    without_frames as without_frames,
)
from openpower_core._sync_closing import NativeClient as NativeClient
from openpower_core.capabilities import (
    Behaviour as Behaviour,
    Capabilities as Capabilities,
    Capability as Capability,
    End as End,
    Feature as Feature,
    Recurrence as Recurrence,
    ScheduleLimits as ScheduleLimits,
    Support as Support,
    WriteLimits as WriteLimits,
)
from openpower_core.checks import (
    Converter as Converter,
    Number as Number,
    Span as Span,
    Zone as Zone,
    aware as aware,
    aware_or_none as aware_or_none,
    check_not_over as check_not_over,
    check_percentage as check_percentage,
    choice as choice,
    clock_time as clock_time,
    count as count,
    day as day,
    flag as flag,
    host as host,
    instance_of as instance_of,
    instant as instant,
    mapping as mapping,
    non_negative as non_negative,
    number as number,
    old_names as old_names,
    one_of as one_of,
    one_or_many as one_or_many,
    or_none as or_none,
    percentage as percentage,
    positive as positive,
    seconds as seconds,
    span as span,
    step as step,
    text as text,
    texts as texts,
    with_method as with_method,
    zone as zone,
)
from openpower_core.clock import (
    SYSTEM_CLOCK as SYSTEM_CLOCK,
    Clock as Clock,
    ManualClock as ManualClock,
    ScaledClock as ScaledClock,
    SystemClock as SystemClock,
    VendorTime as VendorTime,
    from_wall_clock as from_wall_clock,
    local_days as local_days,
)
from openpower_core.connection._async import AsyncBackend as AsyncBackend, AsyncBaseBackend as AsyncBaseBackend
from openpower_core.connection._async_fetch import AsyncSharedFetch as AsyncSharedFetch
from openpower_core.connection._sync import Backend as Backend, BaseBackend as BaseBackend
from openpower_core.connection._sync_fetch import SharedFetch as SharedFetch
from openpower_core.connection.context import Context as Context, Fetched as Fetched
from openpower_core.connection.parts import (
    ACCOUNT_ERRORS as ACCOUNT_ERRORS,
    Gaps as Gaps,
    Lost as Lost,
    Parts as Parts,
    Rows as Rows,
)
from openpower_core.control import (
    EVERY_DAY as EVERY_DAY,
    MIDNIGHT as MIDNIGHT,
    UNSET as UNSET,
    UNTIL_RELEASED as UNTIL_RELEASED,
    BatteryCommand as BatteryCommand,
    BatteryMode as BatteryMode,
    BatterySettings as BatterySettings,
    CurrentLimits as CurrentLimits,
    CurrentScope as CurrentScope,
    Days as Days,
    Permissions as Permissions,
    PowerLimits as PowerLimits,
    Schedule as Schedule,
    Unset as Unset,
    Weekday as Weekday,
    Window as Window,
    check_schedule_zone as check_schedule_zone,
    days_of as days_of,
    hour_spans as hour_spans,
    weekdays as weekdays,
    words as words,
)
from openpower_core.convert import (
    decode_series as decode_series,
    structure as structure,
    structure_partly as structure_partly,
    to_dict as to_dict,
    unstructure as unstructure,
)
from openpower_core.convert.documents import read_document as read_document
from openpower_core.devices._async import (
    AsyncBaseBattery as AsyncBaseBattery,
    AsyncBaseDevice as AsyncBaseDevice,
    AsyncBattery as AsyncBattery,
    AsyncDevice as AsyncDevice,
)
from openpower_core.devices._async_roles import (
    AsyncBaseEVCharger as AsyncBaseEVCharger,
    AsyncBaseInverter as AsyncBaseInverter,
    AsyncBaseMeter as AsyncBaseMeter,
    AsyncBaseRetailer as AsyncBaseRetailer,
    AsyncEVCharger as AsyncEVCharger,
    AsyncInverter as AsyncInverter,
    AsyncMeter as AsyncMeter,
    AsyncRetailer as AsyncRetailer,
)
from openpower_core.devices._sync import (
    BaseBattery as BaseBattery,
    BaseDevice as BaseDevice,
    Battery as Battery,
    Device as Device,
)
from openpower_core.devices._sync_roles import (
    BaseEVCharger as BaseEVCharger,
    BaseInverter as BaseInverter,
    BaseMeter as BaseMeter,
    BaseRetailer as BaseRetailer,
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
from openpower_core.devices.info import (
    BatteryInfo as BatteryInfo,
    DeviceInfo as DeviceInfo,
    Failure as Failure,
    InverterInfo as InverterInfo,
)
from openpower_core.devices.roles import Role as Role
from openpower_core.errors import (
    AmbiguousDevice as AmbiguousDevice,
    AuthenticationFailed as AuthenticationFailed,
    AuthError as AuthError,
    BadResponse as BadResponse,
    ClockSkew as ClockSkew,
    ConfigurationError as ConfigurationError,
    ConnectionClosed as ConnectionClosed,
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
from openpower_core.http._async_client import AsyncHttpClient as AsyncHttpClient
from openpower_core.http._sync_client import HttpClient as HttpClient
from openpower_core.http.call import (
    Answer as Answer,
    AsyncTransport as AsyncTransport,
    Check as Check,
    Request as Request,
    Signer as Signer,
    Transport as Transport,
    bearer as bearer,
    check_status as check_status,
    retry_after as retry_after,
    status_error as status_error,
)
from openpower_core.lazy import lazy as lazy
from openpower_core.limits import Rate as Rate, RateLimiter as RateLimiter
from openpower_core.plausibility import (
    STALE_AFTER as STALE_AFTER,
    Plausibility as Plausibility,
    check_age as check_age,
    least_age as least_age,
)
from openpower_core.prices._grid import grid_range as grid_range, uncovered as uncovered
from openpower_core.prices._money import (
    EXACT as EXACT,
    currency as currency,
    decimal as decimal,
    decimal_or_none as decimal_or_none,
)
from openpower_core.prices._nouns import (
    DemandCharge as DemandCharge,
    Gap as Gap,
    GridMix as GridMix,
    Price as Price,
    StandingCharge as StandingCharge,
    Tariff as Tariff,
    Tier as Tier,
    Usage as Usage,
    Usages as Usages,
)
from openpower_core.prices._series import PriceSeries as PriceSeries
from openpower_core.prices._words import (
    Channel as Channel,
    Fuel as Fuel,
    Per as Per,
    PriceKind as PriceKind,
    UsageQuality as UsageQuality,
)
from openpower_core.readings import (
    NOISE_W as NOISE_W,
    BatteryReading as BatteryReading,
    ChargerStatus as ChargerStatus,
    EnergyCounter as EnergyCounter,
    EVChargerReading as EVChargerReading,
    InverterReading as InverterReading,
    InverterStatus as InverterStatus,
    Issue as Issue,
    MeterReading as MeterReading,
    Quality as Quality,
    Reading as Reading,
    Stamp as Stamp,
    at_least_zero as at_least_zero,
    believed_forward as believed_forward,
    believed_percentage as believed_percentage,
    counter_or_none as counter_or_none,
    in_bulk as in_bulk,
    percentage_or_none as percentage_or_none,
    sum_of_known as sum_of_known,
)
from openpower_core.records import (
    Record as Record,
    VendorEnum as VendorEnum,
    VendorIntEnum as VendorIntEnum,
    instances as instances,
    key as key,
    record as record,
    uncollected as uncollected,
)
from openpower_core.registry.hookspecs import hookimpl as hookimpl
from openpower_core.registry.spec import (
    PROVIDER_API as PROVIDER_API,
    Credential as Credential,
    Found as Found,
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
    ato_thread as ato_thread,
    gather as gather,
    sleep as sleep,
    to_thread as to_thread,
)
from openpower_core.write._async_document import (
    AsyncDocument as AsyncDocument,
    AsyncPlannedCall as AsyncPlannedCall,
    AsyncSetting as AsyncSetting,
    AsyncSettings as AsyncSettings,
)
from openpower_core.write._async_native import AsyncNativeGate as AsyncNativeGate
from openpower_core.write._async_writer import AsyncWriter as AsyncWriter
from openpower_core.write._sync_document import (
    Document as Document,
    PlannedCall as PlannedCall,
    Setting as Setting,
    Settings as Settings,
)
from openpower_core.write._sync_native import NativeGate as NativeGate
from openpower_core.write._sync_writer import Writer as Writer
from openpower_core.write.sqlite import MemoryStore as MemoryStore
from openpower_core.writes import (
    ActiveCommand as ActiveCommand,
    Adjustment as Adjustment,
    CallFate as CallFate,
    Confirm as Confirm,
    Draft as Draft,
    NativeCall as NativeCall,
    Plan as Plan,
    Receipt as Receipt,
    Scale as Scale,
    WriteState as WriteState,
    adjusted as adjusted,
    steps_below as steps_below,
)
from openpower_core.zones import resolve_zone as resolve_zone
