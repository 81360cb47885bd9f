"""A small provider in both flavours, and one test body for both."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from openpower_core.capabilities import Capabilities, Capability, Feature, Support
from openpower_core.connection import connect, connect_async
from openpower_core.devices.info import BatteryInfo, DeviceInfo, Role
from openpower_core.provider import (
    AsyncBaseBattery,
    AsyncBaseMeter,
    BaseBattery,
    BaseMeter,
    Context,
    Credential,
    Option,
    ProviderSpec,
)
from openpower_core.readings import BatteryReading, MeterReading, Stamp
from openpower_core.writes import Receipt, WriteState

NOW = datetime(2026, 8, 1, tzinfo=UTC)
STAMP = Stamp(received_at=NOW)
CAPABILITIES = Capabilities(
    features={
        Feature.READ: Capability(support=Support.FULL),
        Feature.HISTORY: Capability(support=Support.FULL),
        Feature.CHARGE: Capability(support=Support.FULL),
        Feature.EXPORT: Capability(
            support=Support.UNSUPPORTED, note="the vendor has no such mode", alternatives=("set_schedule",)
        ),
        Feature.RESERVE_SOC: Capability(support=Support.FULL),
    }
)


def _receipt(operation: str) -> Receipt:
    return Receipt(id="1", state=WriteState.ACCEPTED, device_id="x", operation=operation, at=NOW)


class FakeBattery(BaseBattery):
    """Overrides what it has, as an author does."""

    calls: list[Any]

    def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        self.calls.append("read")
        return BatteryReading(stamp=STAMP, soc_pct=50.0)

    def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        self.calls.append((start, end))
        return []

    def command(self, command: Any, **how: Any) -> Receipt:
        self.calls.append((command, how))
        return _receipt("command")

    def apply_settings(self, **settings: Any) -> Receipt:
        self.calls.append(settings)
        return _receipt("apply_settings")


class AsyncFakeBattery(AsyncBaseBattery):
    """The same, for asyncio."""

    calls: list[Any]

    async def read(self, *, max_age: timedelta | None = None) -> BatteryReading:
        self.calls.append("read")
        return BatteryReading(stamp=STAMP, soc_pct=50.0)

    async def history(self, start: datetime, end: datetime) -> list[BatteryReading]:
        self.calls.append((start, end))
        return []

    async def command(self, command: Any, **how: Any) -> Receipt:
        self.calls.append((command, how))
        return _receipt("command")

    async def apply_settings(self, **settings: Any) -> Receipt:
        self.calls.append(settings)
        return _receipt("apply_settings")


class FakeMeter(BaseMeter):
    """A meter that can be read."""

    def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        return MeterReading(stamp=STAMP, power_w=5.0)


class AsyncFakeMeter(AsyncBaseMeter):
    """The same, for asyncio."""

    async def read(self, *, max_age: timedelta | None = None) -> MeterReading:
        return MeterReading(stamp=STAMP, power_w=5.0)


class Plain:
    """A backend with two batteries and a meter."""

    battery: type[Any] = FakeBattery
    meter: type[Any] = FakeMeter

    def __init__(self, context: Context, **options: Any) -> None:
        self.context, self.options = context, options
        self.native = self
        self.discoveries = 0
        self.closes = 0
        self.calls: list[Any] = []

    def devices(self) -> list[Any]:
        self.discoveries += 1
        found: list[Any] = []
        for serial in ("AL70110230300001", "AL70110230300002"):
            info = BatteryInfo(id=f"{serial}/battery", provider="acme", serial=serial, role=Role.BATTERY)
            found.append(self.battery(info, capabilities=CAPABILITIES, context=self.context))
            found[-1].calls = self.calls
        grid = DeviceInfo(id="M1/meter", provider="acme", serial="M1", role=Role.METER)
        found.append(self.meter(grid, capabilities=CAPABILITIES, context=self.context))
        return found


class FakeBackend(Plain):
    """The synchronous one."""

    def discover(self) -> list[Any]:
        return self.devices()

    def close(self) -> None:
        self.closes += 1


class AsyncFakeBackend(Plain):
    """The asynchronous one."""

    battery = AsyncFakeBattery
    meter = AsyncFakeMeter

    async def discover(self) -> list[Any]:
        return self.devices()

    async def aclose(self) -> None:
        self.closes += 1


SPEC = ProviderSpec(
    name="acme-cloud",
    title="Acme",
    credentials=(
        Credential("app_id", secret=False, where="https://acme.example", aliases=("account",)),
        Credential("app_secret", where="https://acme.example"),
        Credential("pin", required=False),
    ),
    options=(Option("site", aliases=("site_id",)),),
    connect=FakeBackend,
    connect_async=AsyncFakeBackend,
)


async def settled(value: Any) -> Any:
    """The value, awaited where it has to be."""
    return await value if inspect.isawaitable(value) else value


class Flavour:
    """One of the two flavours, under the names that both share."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.connect: Any = connect if name == "sync" else connect_async

    def home(self, **options: Any) -> Any:
        return self.connect(SPEC, **{"app_id": "a", "app_secret": "s", **options})

    async def close(self, home: Any) -> None:
        await settled(home.close() if self.name == "sync" else home.aclose())


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    """Both flavours, one after the other."""
    return Flavour(request.param)


@pytest.fixture
def spec() -> ProviderSpec:
    """The small provider's specification."""
    return SPEC


@pytest.fixture
def settle() -> Any:
    """Await what has to be awaited."""
    return settled
