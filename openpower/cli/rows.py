"""What the status of a home says, line by line, before it is coloured or aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from openpower.cli.figures import energy, money, percent, power
from openpower_core.devices.info import BatteryInfo, Role
from openpower_core.prices import Channel
from openpower_core.readings import BatteryReading, ChargerStatus, EVChargerReading, InverterReading, Quality

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openpower.cli.home import HomeView
    from openpower_core.devices.info import DeviceInfo
    from openpower_core.prices import Price
    from openpower_core.readings import Reading

__all__ = ["Row", "flow_rows", "price_rows", "trouble_rows"]


@frozen(kw_only=True)
class Row:
    """One line: a name, a figure, a word on it, and how much of a bar it fills."""

    name: str
    figure: str
    words: str = ""
    watts: float | None = None
    """Size of the flow, for a bar."""
    level_pct: float | None = None
    """State of charge, for a gauge."""
    style: str = ""


def flow_rows(home: HomeView) -> Iterator[Row]:
    """Solar, house, grid, batteries and chargers; only what the home has."""
    flows = home.snapshot.balance
    inverters = home.of(Role.INVERTER)
    if inverters:
        today = _today_kwh(reading for _, reading in inverters)
        words = f"{energy(today)} today" if today is not None else ""
        yield Row(name="Solar", figure=power(flows.pv_w), words=words, watts=flows.pv_w, style="yellow")
        yield Row(name="House", figure=power(flows.load_w), watts=flows.load_w, style="cyan")
    if home.of(Role.METER):
        yield _grid_row(flows.grid_w)
    for device, reading in home.of(Role.BATTERY):
        yield _battery_row(device, reading)
    for _, reading in home.of(Role.EV_CHARGER):
        yield _charger_row(reading)


def _grid_row(grid_w: float | None) -> Row:
    words, style = "", "magenta"
    if grid_w is not None and round(grid_w) != 0:
        words, style = ("importing", "red") if grid_w > 0 else ("exporting", "green")
    size = None if grid_w is None else abs(grid_w)
    return Row(name="Grid", figure=power(size), words=words, watts=size, style=style)


def _battery_row(device: DeviceInfo, reading: Reading | None) -> Row:
    if not isinstance(reading, BatteryReading):
        return Row(name="Battery", figure="–")
    words = percent(reading.soc_pct)
    capacity = device.capacity_kwh if isinstance(device, BatteryInfo) else None
    if capacity and reading.soc_pct is not None:
        words += f" of {energy(capacity)}"
    if reading.charging_w:
        words = f"charging, {words}"
    elif reading.discharging_w:
        words = f"discharging, {words}"
    size = None if reading.power_w is None else abs(reading.power_w)
    return Row(name="Battery", figure=power(size), words=words, watts=size, level_pct=reading.soc_pct, style="green")


_CHARGER_WORDS = {
    ChargerStatus.AVAILABLE: "no car",
    ChargerStatus.PREPARING: "car plugged in",
    ChargerStatus.CHARGING: "charging the car",
    ChargerStatus.SUSPENDED_EV: "car is full, or waits",
    ChargerStatus.SUSPENDED_EVSE: "charger waits for power",
    ChargerStatus.FINISHING: "finished",
    ChargerStatus.FAULTED: "fault",
}


def _charger_row(reading: Reading | None) -> Row:
    if not isinstance(reading, EVChargerReading):
        return Row(name="Car", figure="–")
    words = _CHARGER_WORDS.get(reading.status, reading.status.value)
    if reading.session_kwh:
        words += f", {energy(reading.session_kwh)} this session"
    return Row(name="Car", figure=power(reading.power_w), words=words, watts=reading.power_w, style="blue")


def _today_kwh(readings: Iterable[Reading | None]) -> float | None:
    counters = [each.pv_energy for each in readings if isinstance(each, InverterReading)]
    known = [c.today_kwh for c in counters if c is not None and c.today_kwh is not None]
    return sum(known) if known else None


_CHANNELS = {Channel.IMPORT: "Buying", Channel.CONTROLLED_LOAD: "Controlled load", Channel.EXPORT: "Selling"}


def price_rows(home: HomeView) -> Iterator[Row]:
    """What each channel costs or pays now, and what the flow through the meter costs."""
    for channel, price in home.snapshot.prices.items():
        yield Row(
            name=_CHANNELS[channel],
            figure=f"{money(price.per_kwh, price.currency)}/kWh",
            words=", ".join(_price_words(price)),
            style="red" if price.spike else "",
        )
    cost = home.snapshot.cost_per_minute
    if cost and home.snapshot.currency:
        hourly = cost * 60
        words = "you pay" if hourly > 0 else "you are paid"
        yield Row(name="At this rate", figure=f"{money(abs(hourly), home.snapshot.currency)}/h", words=words)


def _price_words(price: Price) -> Iterator[str]:
    if price.spike:
        yield "price spike"
    if price.per_kwh < 0:
        yield "you pay to sell" if price.channel is Channel.EXPORT else "you are paid to buy"
    if price.estimate:
        yield "estimate"
    if price.demand_window:
        yield "demand window"


def trouble_rows(home: HomeView) -> Iterator[str]:
    """What could not be read, what is not measured live, and what does not add up."""
    for failure in home.snapshot.failures:
        what = failure.device.role.value.replace("_", " ") if failure.device else failure.provider
        yield f"The {what} could not be read: {failure.error}"
    for device in home.devices:
        reading = home.snapshot.readings.get(device.id)
        if reading is not None and reading.stamp.quality is not Quality.LIVE:
            role = device.role.value.replace("_", " ")
            yield f"The {role}'s figures are {reading.stamp.quality.value}, not live."
    residual = home.snapshot.balance.residual_w
    if residual is not None and abs(residual) > _NOTEWORTHY_W:
        yield f"The flows leave {power(residual)} over: the devices do not agree."


_NOTEWORTHY_W = 200
