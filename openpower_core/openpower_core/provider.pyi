from openpower_core.capabilities import (
    Capabilities as Capabilities,
    Capability as Capability,
    Feature as Feature,
    Recurrence as Recurrence,
    ScheduleLimits as ScheduleLimits,
    Support as Support,
    WriteLimits as WriteLimits,
)
from openpower_core.clock import Clock as Clock
from openpower_core.connection import (
    AsyncBackend as AsyncBackend,
    AsyncSharedFetch as AsyncSharedFetch,
    Backend as Backend,
    Context as Context,
    Fetched as Fetched,
    SharedFetch as SharedFetch,
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
    WriteOptions as WriteOptions,
    to_command as to_command,
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
from openpower_core.secrets import Secret as Secret, mask as mask
from openpower_core.write import (
    AsyncDocument as AsyncDocument,
    AsyncWriter as AsyncWriter,
    Document as Document,
    Draft as Draft,
    MemoryStore as MemoryStore,
    Writer as Writer,
)
from openpower_core.writes import (
    Adjustment as Adjustment,
    Confirm as Confirm,
    NativeCall as NativeCall,
    Receipt as Receipt,
    WriteState as WriteState,
)
