"""A site: several connections seen as one home, what it costs, and what is missing."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

import openpower
from openpower import AsyncSite, Site
from openpower_core import provider as core
from openpower_core.capabilities import Capabilities, Capability, Feature, Support
from openpower_core.clock import ManualClock
from openpower_core.connection import AsyncConnection, Connection, Context
from openpower_core.devices.info import BatteryInfo, DeviceInfo, InverterInfo, Role
from openpower_core.errors import DeviceOffline, InvalidValue, NetworkError
from openpower_core.prices import Channel, Fuel, Price
from openpower_core.readings import BatteryReading, InverterReading, MeterReading, Stamp

NOW = datetime(2026, 8, 1, tzinfo=UTC)
STAMP = Stamp(received_at=NOW)
FULL = Capability(support=Support.FULL)
READS = Capabilities(features={Feature.READ: FULL})
SELLS = Capabilities(features={Feature.CURRENT_PRICE: FULL, Feature.EXPORT_PRICES: FULL})


def _price(channel: Channel) -> Price:
    per_kwh = Decimal("0.30") if channel is Channel.IMPORT else Decimal("0.05")
    return Price(start=NOW, end=NOW + timedelta(minutes=5), channel=channel, per_kwh=per_kwh, currency="AUD")


async def settled(value: Any) -> Any:
    """The value, awaited where it has to be."""
    return await value if inspect.isawaitable(value) else value


class World:
    """Builds connections of one flavour out of what their devices are to answer."""

    def __init__(self, flavour: str) -> None:
        self.sync = flavour == "sync"
        self.closed: list[str] = []

    def device(self, role: Role, answer: Any, *, provider: str) -> Any:
        """A device that gives this reading, raises this error, or sells at fixed prices."""
        kinds = {
            Role.INVERTER: ("Inverter", InverterInfo),
            Role.BATTERY: ("Battery", BatteryInfo),
            Role.METER: ("Meter", DeviceInfo),
            Role.RETAILER: ("Retailer", DeviceInfo),
        }
        kind, info_class = kinds[role]
        base: Any = getattr(core, f"Base{kind}" if self.sync else f"AsyncBase{kind}")

        def say(value: Any) -> Any:
            if isinstance(value, Exception):
                raise value
            return value

        if self.sync:

            def read(_self: Any, *, max_age: timedelta | None = None) -> Any:
                return say(answer)

            def current_price(_self: Any, channel: Channel = Channel.IMPORT) -> Any:
                return say(answer or _price(channel))

            methods: dict[str, Any] = {"read": read, "current_price": current_price}
        else:

            async def aread(_self: Any, *, max_age: timedelta | None = None) -> Any:
                return say(answer)

            async def acurrent_price(_self: Any, channel: Channel = Channel.IMPORT) -> Any:
                return say(answer or _price(channel))

            methods = {"read": aread, "current_price": acurrent_price}
        name = "current_price" if role is Role.RETAILER else "read"
        made = type(f"Fake{kind}", (base,), {name: methods[name]})
        info = info_class(id=f"{provider}1/{role}", provider=provider, serial="1", role=role)
        return made(info, capabilities=SELLS if role is Role.RETAILER else READS)

    def connection(self, provider: str, found: dict[Role, Any] | Exception) -> Any:
        """A connection to what was found, or that finds nothing out."""

        def discover() -> list[Any]:
            if isinstance(found, Exception):
                raise found
            return [self.device(role, answer, provider=provider) for role, answer in found.items()]

        class Backend:
            native = None

            def discover(self) -> list[Any]:
                return discover()

            def close(backend) -> None:  # noqa: N805
                self.closed.append(provider)

        class AsyncBackend:
            native = None

            async def discover(self) -> list[Any]:
                return discover()

            async def aclose(backend) -> None:  # noqa: N805
                self.closed.append(provider)

        if self.sync:
            return Connection(Backend(), Context(provider=provider))
        return AsyncConnection(AsyncBackend(), Context(provider=provider))

    def site(self, *connections: Any) -> Any:
        """A site of this flavour on a stopped clock."""
        kind: Any = Site if self.sync else AsyncSite
        return kind(*connections, clock=ManualClock(NOW))


@pytest.fixture(params=["sync", "async"])
def world(request: pytest.FixtureRequest) -> World:
    """Both flavours, one after the other."""
    return World(request.param)


def _house(grid_w: float) -> dict[Role, Any]:
    return {
        Role.INVERTER: InverterReading(stamp=STAMP, pv_w=2000.0, load_w=1000.0),
        Role.BATTERY: BatteryReading(stamp=STAMP, power_w=-1000.0 - grid_w, soc_pct=50.0),
        Role.METER: MeterReading(stamp=STAMP, power_w=grid_w),
    }


@pytest.mark.parametrize(
    ("grid_w", "cost"),
    [(600.0, Decimal("0.003")), (-600.0, Decimal("-0.0005")), (0.0, Decimal(0))],
    ids=["importing", "exporting", "neither"],
)
async def test_a_snapshot_balances_and_costs(world: World, grid_w: float, cost: Decimal) -> None:
    """0.6 kW for a minute are 0.01 kWh, at 30 cents taken and 5 cents given."""
    site = world.site(world.connection("house", _house(grid_w)), world.connection("shop", {Role.RETAILER: None}))
    seen = await settled(site.snapshot())

    assert seen.balance.grid_w == grid_w
    assert seen.balance.residual_w == 0
    assert (seen.cost_per_minute, seen.currency) == (cost, "AUD")
    assert seen.complete
    assert seen.at == NOW
    assert set(seen.readings) == {"house1/inverter", "house1/battery", "house1/meter"}


@pytest.mark.parametrize("other", [{"active": False}, {"fuel": Fuel.GAS}], ids=["closed", "gas"])
@pytest.mark.parametrize("answer", [evolve(_price(Channel.IMPORT), per_kwh=9), DeviceOffline("no prices")])
async def test_a_contract_that_is_not_of_the_home_costs_nothing(
    world: World, other: dict[str, Any], answer: Any
) -> None:
    """A site that was left, or the gas, comes before the retailer in use; its price is neither used nor missed."""
    first = world.connection("old", {Role.RETAILER: answer})
    (sold,) = await settled(first.devices())
    sold._info = evolve(sold.info, **other)
    site = world.site(first, world.connection("house", _house(600.0)), world.connection("shop", {Role.RETAILER: None}))

    seen = await settled(site.snapshot())

    assert (seen.cost_per_minute, seen.complete) == (Decimal("0.003"), True)


async def test_a_part_that_fails_stands_beside_the_rest(world: World) -> None:
    """The meter is offline; battery and PV are reported nevertheless, and the cost is not guessed."""
    house = {**_house(100.0), Role.METER: DeviceOffline("the meter sleeps")}
    site = world.site(world.connection("house", house), world.connection("shop", {Role.RETAILER: None}))
    seen = await settled(site.snapshot())

    assert [failure.device.id for failure in seen.failures] == ["house1/meter"]
    assert seen.balance.pv_w == 2000
    assert seen.cost_per_minute is None
    assert not seen.complete


async def test_a_provider_that_is_down_leaves_the_others(world: World) -> None:
    """Its failure names no device, because its devices are unknown."""
    down = NetworkError("no route", provider="shop")
    site = world.site(world.connection("house", _house(100.0)), world.connection("shop", down))
    seen = await settled(site.snapshot())

    assert [(each.provider, each.device, each.error) for each in seen.failures] == [("shop", None, down)]
    assert len(await settled(site.devices())) == 3
    assert [(each.provider, each.error) for each in site.failures] == [("shop", down)]
    assert seen.balance.residual_w == 0
    assert seen.cost_per_minute is None


async def test_a_site_has_the_devices_of_all_its_connections(world: World) -> None:
    """Application code takes a site where it takes a connection."""
    site = world.site(world.connection("house", _house(1.0)), world.connection("shop", {Role.RETAILER: None}))

    assert len(await settled(site.devices())) == 4
    assert (await settled(site.battery())).info.provider == "house"
    assert (await settled(site.retailer())).info.provider == "shop"


async def test_closing_a_site_closes_its_connections(world: World) -> None:
    """Each once."""
    site = world.site(world.connection("house", {}), world.connection("shop", {}))
    await settled(site.close() if world.sync else site.aclose())

    assert world.closed == ["house", "shop"]


def test_a_site_of_nothing_is_refused(world: World) -> None:
    """It could only ever be silent."""
    with pytest.raises(InvalidValue, match="at least one"):
        world.site()


async def test_a_site_connects_to_names() -> None:
    """Such as profiles: what ``connect`` takes."""
    with Site("demo") as home:
        assert home.connections[0].provider == "demo"
    async with AsyncSite("demo") as both:
        assert len(await both.devices()) == 5
    with pytest.raises(openpower.UnknownProvider):
        Site("demo", "nobody")


@pytest.mark.parametrize("flavour", ["sync", "async"])
async def test_it_is_watched_as_it_changes(flavour: str) -> None:
    """Snapshots that differ, at the interval; it ends when a connection is closed."""
    clock = ManualClock(NOW)
    seen: list[datetime] = []
    if flavour == "sync":
        home = openpower.connect("demo", clock=clock)
        for snapshot in Site(home, clock=clock).watch(60):
            seen.append(snapshot.at)
            if len(seen) == 3:
                home.close()
    else:
        ahome = openpower.connect_async("demo", clock=clock)
        async for snapshot in AsyncSite(ahome, clock=clock).watch(timedelta(minutes=1)):
            seen.append(snapshot.at)
            if len(seen) == 3:
                await ahome.aclose()

    assert seen == [NOW + timedelta(minutes=minute) for minute in range(3)]
