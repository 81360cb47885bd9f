"""What type checkers see of devices, readings and sites; checked by mypy and pyright, never run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, assert_type

import openpower
from openpower_core.provider import (
    AsyncBaseBattery,
    AsyncBaseEVCharger,
    AsyncBaseInverter,
    AsyncBaseMeter,
    AsyncBaseRetailer,
    BaseBattery,
    BaseEVCharger,
    BaseInverter,
    BaseMeter,
    BaseRetailer,
)

MYPY = False


def read(home: openpower.Connection[Any]) -> None:
    """Everything that a connection has, down to the figures."""
    battery = home.battery()
    assert_type(battery, openpower.Battery)
    assert_type(battery.read(), openpower.BatteryReading)
    assert_type(battery.read().soc_pct, float | None)
    assert_type(battery.read().charging_w, float | None)
    assert_type(battery.info.capacity_kwh, float | None)
    assert_type(battery.capabilities[openpower.Feature.EXPORT], openpower.Capability)
    assert_type(home.inverter().read().pv_w, float | None)
    assert_type(home.meter().read().importing_w, float | None)
    assert_type(home.ev_charger("X1").read().status, openpower.ChargerStatus)
    assert_type(home.retailer().current_price().per_kwh, Decimal)
    assert_type(home.retailer().prices(), openpower.PriceSeries)
    assert_type(home.batteries(refresh=True), list[openpower.Battery])
    assert_type(home.devices(), list[openpower.Device])


def read_all(home: openpower.Connection[Any]) -> None:
    """Any device can be read; its class tells more."""
    for device in home.devices():
        assert_type(device.read(max_age=60), openpower.Reading)
        assert_type(device.read().stamp, openpower.Stamp)
        if isinstance(device, openpower.Battery):
            assert_type(device.read().soc_pct, float | None)
            assert_type(device.info.capacity_kwh, float | None)
            assert_type(device.history(_time(), _time()), list[openpower.BatteryReading])
        reading = device.read()
        if isinstance(reading, openpower.MeterReading):
            assert_type(reading.importing_w, float | None)
    assert_type([meter.read().power_w for meter in home.meters()], list[float | None])


async def read_all_async(home: openpower.AsyncConnection[Any]) -> None:
    """The same for asyncio."""
    for device in await home.devices():
        assert_type(await device.read(), openpower.Reading)
        assert_type((await device.read()).stamp, openpower.Stamp)
        if isinstance(device, openpower.AsyncBattery):
            assert_type((await device.read()).soc_pct, float | None)


def control(battery: openpower.Battery) -> None:
    """Writes give receipts."""
    assert_type(battery.charge(target_soc_pct=80, dry_run=True), openpower.Receipt)
    assert_type(battery.apply_settings(reserve_soc_pct=20).state, openpower.WriteState)
    assert_type(battery.apply_settings(max_charge_w=2000, max_discharge_w=None), openpower.Receipt)
    assert_type(battery.settings().power_limits, openpower.PowerLimits | None)
    battery.charge(confirm="sometime")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    if not MYPY:  # it names the error differently with and without its cache
        battery.charge(80)  # pyright: ignore[reportCallIssue]


async def read_async(home: openpower.AsyncConnection[Any]) -> None:
    """The same for asyncio."""
    battery = await home.battery()
    assert_type(battery, openpower.AsyncBattery)
    reading = await battery.read()
    assert_type(reading, openpower.BatteryReading)
    assert_type(reading.soc_pct, float | None)
    assert_type(await (await home.retailer()).prices(), openpower.PriceSeries)
    assert_type(await home.batteries(), list[openpower.AsyncBattery])
    assert_type(await battery.hold(dry_run=True), openpower.Receipt)


def one_site(home: openpower.Connection[Any], shop: openpower.Connection[Any]) -> None:
    """A site has devices like a connection, and a snapshot of its own."""
    with openpower.Site(home, shop) as site:
        assert_type(site, openpower.Site)
        assert_type(site.battery(), openpower.Battery)
        assert_type(site.snapshot().cost_per_minute, Decimal | None)
        assert_type(site.snapshot().balance.residual_w, float | None)
        assert_type(site.snapshot().failures, tuple[openpower.Failure, ...])


async def one_site_async(home: openpower.AsyncConnection[Any]) -> None:
    """The same for asyncio."""
    async with openpower.AsyncSite(home) as site:
        assert_type(await site.snapshot(), openpower.Snapshot)


def bases_satisfy_the_protocols(
    meter: BaseMeter, inverter: BaseInverter, battery: BaseBattery, charger: BaseEVCharger, retailer: BaseRetailer
) -> tuple[openpower.Meter, openpower.Inverter, openpower.Battery, openpower.EVCharger, openpower.Retailer]:
    """An author's device is a device without a cast."""
    return meter, inverter, battery, charger, retailer


def async_bases_satisfy_the_protocols(
    meter: AsyncBaseMeter,
    inverter: AsyncBaseInverter,
    battery: AsyncBaseBattery,
    charger: AsyncBaseEVCharger,
    retailer: AsyncBaseRetailer,
) -> tuple[
    openpower.AsyncMeter,
    openpower.AsyncInverter,
    openpower.AsyncBattery,
    openpower.AsyncEVCharger,
    openpower.AsyncRetailer,
]:
    """The same for asyncio."""
    return meter, inverter, battery, charger, retailer


def vocabulary() -> None:
    """Sequences may be given where tuples are kept."""
    window = openpower.Window(start=_time(), end=_time(), mode=openpower.BatteryMode.CHARGE)
    schedule = openpower.Schedule(windows=[window])
    assert_type(schedule.windows, tuple[openpower.Window, ...])


def _time() -> Any: ...
