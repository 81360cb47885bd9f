# ``connect`` with the first-party providers' own types. At run time it is core's: see ``_connect.py``.
#
# The providers' specifications are the truth about options; a test keeps these in step with them.

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from os import PathLike
from typing import Any, Literal, Unpack, overload

from openpower_alphaess import AlphaESS, AsyncAlphaESS
from openpower_amber import Amber, AsyncAmber
from openpower_core.checks import Number
from openpower_core.connection import AsyncConnection, Connection
from openpower_core.prices import StandingCharge
from openpower_core.registry.spec import CommonOptions, ProviderSpec
from openpower_core.secrets import Secret
from openpower_dayahead import AsyncDayAhead, Charge, DayAhead
from openpower_demo import AsyncDemoHome, DemoHome
from openpower_goodwe import AsyncGoodWeLocal, AsyncGoodWeOpenAPI, AsyncSemsPlus, GoodWeLocal, GoodWeOpenAPI, SemsPlus
from openpower_octopus import AsyncOctopus, Octopus
from openpower_simulation.house import House
from openpower_tariff import AsyncTariffBook, TariffBook, TariffDocument

class AlphaESSOptions(CommonOptions, total=False):
    """For ``connect("alphaess", …)``."""

    app_id: str | None
    app_secret: str | Secret | None
    serial_number: str | None
    device_serial_number: str | None
    writes_per_day: int | None

class AmberOptions(CommonOptions, total=False):
    """For ``connect("amber", …)``."""

    token: str | Secret | None
    site: str | None
    state: str | None
    wait: bool | timedelta | float | None

class DayAheadOptions(CommonOptions, total=False):
    """For ``connect("dayahead", …)``; the package is the extra ``dayahead``."""

    area: str | None
    source: str | None
    token: str | Secret | None
    currency: str | None
    charges: Number | str | Mapping[str, Any] | Sequence[Charge | Mapping[str, Any]] | None
    tax_rate: Number | str | None
    feed_in_charges: Number | str | Mapping[str, Any] | Sequence[Charge | Mapping[str, Any]] | None
    feed_in_tax_rate: Number | str | None
    standing_charges: Mapping[str, Any] | Sequence[StandingCharge | Mapping[str, Any]] | None

class DemoOptions(CommonOptions, total=False):
    """For ``connect("demo", …)``."""

    seed: int | None
    start: datetime | str | None
    speed: float | None
    like: str | None
    latitude: float | None
    longitude: float | None
    pv_kw: float | None
    inverter_w: float | None
    load_kwh_per_day: float | None
    battery_kwh: float | None
    battery_w: float | None
    ev: bool | None
    site_limit_a: float | None
    house: House | None
    price_interval_min: int | None

class GoodWeOptions(CommonOptions, total=False):
    """For ``connect("goodwe", …)``."""

    account: str | None
    password: str | Secret | None
    region: str | None
    plant_id: str | None

class SemsPlusOptions(CommonOptions, total=False):
    """For ``connect("goodwe-sems", …)``."""

    account: str | None
    password: str | Secret | None
    region: str | None
    station_id: str | None
    phases: int | None

class GoodWeLocalOptions(CommonOptions, total=False):
    """For ``connect("goodwe-local", …)``."""

    host: str | None
    port: int | None
    protocol: str | None
    family: str | None
    unit: int | None
    min_poll: float | None
    answer_within: float | None

class TariffOptions(CommonOptions, total=False):
    """For ``connect("tariff", …)``."""

    file: str | PathLike[str] | None
    document: Mapping[str, Any] | TariffDocument | None

class OctopusOptions(CommonOptions, total=False):
    """For ``connect("octopus", …)``; the package is the extra ``octopus``."""

    api_key: str | Secret | None
    account: str | None
    product: str | None
    export_product: str | None
    region: str | None
    postcode: str | None
    payment_method: str | None
    vat: bool | None
    night: str | None
    gas_unit: str | None
    calorific_value: float | None

@overload
def connect(provider: Literal["alphaess"], **options: Unpack[AlphaESSOptions]) -> Connection[AlphaESS]: ...
@overload
def connect(provider: Literal["amber"], **options: Unpack[AmberOptions]) -> Connection[Amber]: ...
@overload
def connect(provider: Literal["dayahead"], **options: Unpack[DayAheadOptions]) -> Connection[DayAhead]: ...
@overload
def connect(provider: Literal["demo"], **options: Unpack[DemoOptions]) -> Connection[DemoHome]: ...
@overload
def connect(provider: Literal["goodwe"], **options: Unpack[GoodWeOptions]) -> Connection[GoodWeOpenAPI]: ...
@overload
def connect(provider: Literal["goodwe-sems"], **options: Unpack[SemsPlusOptions]) -> Connection[SemsPlus]: ...
@overload
def connect(provider: Literal["goodwe-local"], **options: Unpack[GoodWeLocalOptions]) -> Connection[GoodWeLocal]: ...
@overload
def connect(provider: Literal["tariff"], **options: Unpack[TariffOptions]) -> Connection[TariffBook]: ...
@overload
def connect(provider: Literal["octopus"], **options: Unpack[OctopusOptions]) -> Connection[Octopus]: ...
@overload
def connect(provider: str | ProviderSpec, **options: Any) -> Connection[Any]: ...
@overload
def connect_async(
    provider: Literal["alphaess"], **options: Unpack[AlphaESSOptions]
) -> AsyncConnection[AsyncAlphaESS]: ...
@overload
def connect_async(provider: Literal["amber"], **options: Unpack[AmberOptions]) -> AsyncConnection[AsyncAmber]: ...
@overload
def connect_async(
    provider: Literal["dayahead"], **options: Unpack[DayAheadOptions]
) -> AsyncConnection[AsyncDayAhead]: ...
@overload
def connect_async(provider: Literal["demo"], **options: Unpack[DemoOptions]) -> AsyncConnection[AsyncDemoHome]: ...
@overload
def connect_async(
    provider: Literal["goodwe"], **options: Unpack[GoodWeOptions]
) -> AsyncConnection[AsyncGoodWeOpenAPI]: ...
@overload
def connect_async(
    provider: Literal["goodwe-sems"], **options: Unpack[SemsPlusOptions]
) -> AsyncConnection[AsyncSemsPlus]: ...
@overload
def connect_async(
    provider: Literal["goodwe-local"], **options: Unpack[GoodWeLocalOptions]
) -> AsyncConnection[AsyncGoodWeLocal]: ...
@overload
def connect_async(
    provider: Literal["tariff"], **options: Unpack[TariffOptions]
) -> AsyncConnection[AsyncTariffBook]: ...
@overload
def connect_async(provider: Literal["octopus"], **options: Unpack[OctopusOptions]) -> AsyncConnection[AsyncOctopus]: ...
@overload
def connect_async(provider: str | ProviderSpec, **options: Any) -> AsyncConnection[Any]: ...
