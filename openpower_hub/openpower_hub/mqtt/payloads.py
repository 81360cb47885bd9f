"""What is published of devices: their state, prices and receipts. Pure functions; times are ISO 8601 with an offset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from openpower_core.control import UNTIL_RELEASED
from openpower_core.devices.roles import Role
from openpower_core.prices import Channel, Price, PriceSeries
from openpower_core.readings import ChargerStatus
from openpower_core.secrets import mask_text
from openpower_core.writes import ActiveCommand, Receipt
from openpower_hub.control import operations_of
from openpower_hub.mqtt.broker import encoded
from openpower_hub.mqtt.discovery import CHARGING, COMMAND, MINUTES, POWER, REFUSED, RELEASED, TARGET

if TYPE_CHECKING:
    from openpower_hub.mqtt.commands import Next
    from openpower_hub.settings import Setting
    from openpower_hub.state import DeviceState

MOST_BYTES: Final = 15_000
"""Home Assistant's recorder takes attributes up to 16,384 bytes, of which others are its own."""
_STEPS: Final = (None, timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1))
_CHARGING: Final = (ChargerStatus.CHARGING, ChargerStatus.SUSPENDED_EV)


def state_payload(
    state: DeviceState, *, settings: Mapping[str, Setting] | None = None, following: Next | None = None
) -> dict[str, Any]:
    """A device's state: every figure, ``null`` where it is unknown or no longer that of now.

    Args:
        state: the device.
        settings: what is known of what can be set; None if it may not be controlled.
        following: what comes with the next command, if a battery may be controlled.
    """
    found: dict[str, Any] = dict(state.values)
    live = state.live
    found["read_at"] = None if live is None or state.read_at is None else in_zone(state.read_at, state.info.tz)
    if state.role is Role.RETAILER:
        for channel in Channel:
            price = state.price(channel)
            found[f"{channel.value}_price"] = None if price is None else _cost(price)
        del found["read_at"]
    if state.role is Role.BATTERY:
        found |= _command(state.active, state.info.tz)
    if state.role is Role.EV_CHARGER:
        status = found["status"]
        found[CHARGING] = None if status in (None, ChargerStatus.UNKNOWN) else status in _CHARGING
    if following is not None:
        found |= {POWER: following.power_w, TARGET: following.target_soc_pct, MINUTES: following.minutes}
    if settings is not None:
        # A template that misses its key warns with each message: all are there before they were read.
        settable = {name for name, operation in operations_of(state).items() if operation.unit}
        found |= {name: settings[name].value if name in settings else None for name in sorted(settable)}
    return found


def _command(active: ActiveCommand | None, tz: str | None) -> dict[str, Any]:
    """What openpower commands, and when that ends; a schedule that it wrote is no command."""
    if active is None:
        return {COMMAND: RELEASED, "command_until": None}
    return {
        COMMAND: None if active.command is None else active.command.mode.value,
        "command_until": None if active.ends_at is None else in_zone(active.ends_at, tz),
    }


def receipt_payload(receipt: Receipt, by: str, error: str, tz: str | None) -> dict[str, Any]:
    """The event of a receipt; ``id`` is the same for all events of one order."""
    command = receipt.command
    adjusted = "; ".join(f"{each.field}: {each.got} for {each.asked}: {each.reason}" for each in receipt.adjustments)
    return {
        "event_type": receipt.state.value,
        "id": receipt.id,
        "operation": receipt.operation if command is None else command.mode.value,
        "by": by,
        "at": in_zone(receipt.at, tz),
        "until": None if command is None or command.until in (None, UNTIL_RELEASED) else in_zone(command.until, tz),
        "reason": mask_text(error or receipt.note)[:500],
        "adjusted": mask_text(adjusted)[:500],
        "calls": len(receipt.calls),
        "retry_at": None if receipt.retry_at is None else in_zone(receipt.retry_at, tz),
    }


def refusal_payload(operation: str, by: str, reason: str, at: datetime, tz: str | None) -> dict[str, Any]:
    """The event of an order of which nothing was sent, with the same keys as that of a receipt."""
    return {
        "event_type": REFUSED,
        "id": None,
        "operation": operation,
        "by": by,
        "at": in_zone(at, tz),
        "until": None,
        "reason": mask_text(reason)[:500],
        "adjusted": "",
        "calls": 0,
        "retry_at": None,
    }


def price_payload(series: PriceSeries, channel: Channel, now: datetime, tz: str | None) -> dict[str, Any]:
    """The prices of a channel from now on, in steps that keep the whole under :data:`MOST_BYTES`."""
    ahead = series.on(channel)
    cells: list[dict[str, Any]] = []
    for step in _STEPS:
        cells = [_cell(price, tz) for price in _on_grid(ahead, step) if _to_come(price, now)]
        if _size(cells) <= MOST_BYTES:
            break
    while _size(cells) > MOST_BYTES:
        del cells[-1]
    return {"forecast": cells}


def _size(cells: list[dict[str, Any]]) -> int:
    return len(encoded({"forecast": cells}).encode())


def day_payload(series: PriceSeries, channel: Channel, now: datetime, tz: str | None) -> dict[str, Any]:
    """The prices of today and tomorrow on the home's clock, in half hours, in the form that Predbat takes."""
    zone = ZoneInfo(tz) if tz else now.tzinfo
    days: dict[str, list[dict[str, Any]]] = {"raw_today": [], "raw_tomorrow": []}
    today = now.astimezone(zone).date()
    for price in _on_grid(series.on(channel), timedelta(minutes=30)):
        day = (price.start.astimezone(zone).date() - today).days
        if day in (0, 1):
            days["raw_tomorrow" if day else "raw_today"].append(_cell(price, tz))
    return days


def _on_grid(series: PriceSeries, step: timedelta | None) -> Sequence[Price]:
    open_ended = any(price.end is None for price in series)
    return series if step is None or open_ended else series.resample(step)


def _to_come(price: Price, now: datetime) -> bool:
    return price.end is None or price.end > now


def _cell(price: Price, tz: str | None) -> dict[str, Any]:
    return {
        "start": in_zone(price.start, tz),
        "end": None if price.end is None else in_zone(price.end, tz),
        "value": _cost(price),
    }


def _cost(price: Price) -> float:
    return round(float(price.per_kwh), 4)


def in_zone(at: datetime, tz: str | None) -> str:
    """A time on the home's clock, to the second and with its offset."""
    return (at if tz is None else at.astimezone(ZoneInfo(tz))).isoformat(timespec="seconds")
