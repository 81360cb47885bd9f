"""Commands of the page: what can be asked for, the order that a form means, its plan in words, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from openpower_core.capabilities import Capability, Feature, Support
from openpower_core.checks import clock_time, instant, number
from openpower_core.clock import from_wall_clock
from openpower_core.control import UNTIL_RELEASED
from openpower_core.devices.roles import Role
from openpower_core.errors import InvalidValue, OpenPowerError
from openpower_core.prices import Channel
from openpower_core.secrets import mask_text
from openpower_core.writes import Receipt, WriteState
from openpower_hub.control import OPERATIONS, RELEASE, Operation, Order, why_not
from openpower_hub.page import words
from openpower_hub.page.live import device_name, zone_of

if TYPE_CHECKING:
    from openpower_hub.history import KeptReceipt
    from openpower_hub.homes import Home
    from openpower_hub.state import DeviceState

UNTIL: Final[Mapping[str, str]] = {
    "1h": "for 1 hour",
    "3h": "for 3 hours",
    "cheapest": "until the cheapest 2 hours end",
    "time": "until a time",
}
"""The ends that a form offers."""
RESULTS: Final[Mapping[WriteState, str]] = {
    WriteState.PLANNED: "Planned; nothing was sent.",
    WriteState.UNCHANGED: "The device is in that state already; nothing was sent.",
    WriteState.HELD: "Not sent: the limit on writes does not allow it yet.",
    WriteState.ACCEPTED: "Accepted; it is being read back.",
    WriteState.CONFIRMED: "Confirmed: the device shows it.",
    WriteState.PARTIAL: "Applied in part; Release puts back what was there before.",
    WriteState.NOT_APPLIED: "Not applied: the device still shows what was there before.",
    WriteState.UNVERIFIABLE: "It was sent, and cannot be verified.",
}
_GOOD: Final = (WriteState.CONFIRMED, WriteState.UNCHANGED)
_PENDING: Final = (WriteState.PLANNED, WriteState.ACCEPTED, WriteState.HELD)


@frozen(kw_only=True)
class Choice:
    """Something that a form offers."""

    name: str
    operation: Operation
    why_not: str
    """Why it cannot be chosen; empty if it can."""
    note: str
    """What the vendor does differently, or under which conditions it works; empty if nothing is to be said."""


@frozen(kw_only=True)
class Done:
    """What was commanded, and how it ended."""

    id: str
    at: str
    device: str
    what: str
    by: str
    result: str
    kind: str
    """``"good"``, ``"pending"`` or ``"bad"``: its mark."""
    error: str = ""


def choices(state: DeviceState) -> list[Choice]:
    """What a device can be asked for, and what not, with the reason."""
    return [
        Choice(
            name=name,
            operation=each,
            why_not=mask_text(why_not(state, each)),
            note=_differs(state.device.capabilities[each.feature]),
        )
        for name, each in OPERATIONS.items()
        if each.role is state.role and name != RELEASE
    ]


def _differs(capability: Capability) -> str:
    """What a vendor does differently, or under which conditions."""
    return mask_text(capability.note) if capability.support in (Support.EMULATED, Support.CONDITIONAL) else ""


def order_of(form: Mapping[str, str], home: Home, state: DeviceState, now: datetime) -> Order:
    """The order that a form means.

    Raises:
        InvalidValue: a field is missing, or says something that cannot be.
    """
    name = form.get("operation", "")
    operation = OPERATIONS.get(name)
    if operation is None or operation.role is not state.role:
        raise InvalidValue("choose what the device is to do.")
    if operation.unit:
        return Order(operation=name, value=_number(form, f"value_{name}", "the new figure"))
    if not operation.mode:
        return Order(operation=name)
    features, target, power = state.device.capabilities, None, None
    if name in ("charge", "export"):
        target = _optional(form, "target") if features[Feature.COMMAND_TARGET_SOC] else None
        kilowatts = _optional(form, "power_kw") if features[Feature.COMMAND_POWER] else None
        power = None if kilowatts is None else kilowatts * 1000
    return Order(operation=name, target_soc_pct=target, power_w=power, until=_until(form, home, now))


def _until(form: Mapping[str, str], home: Home, now: datetime) -> datetime:
    if at := form.get("until_at"):  # what was checked, to the minute, however long ago
        try:
            return instant(datetime.fromisoformat(at), "until")
        except ValueError:
            raise InvalidValue("the form is damaged; check it again.") from None
    choice = form.get("until", "")
    if choice in ("1h", "3h"):
        end = now + timedelta(hours=int(choice[0]))
    elif choice == "cheapest":
        found = cheapest_end(home, now)
        if found is None:
            raise InvalidValue("no prices are known ahead; choose another end.")
        end = found
    elif choice == "time":
        end = _next(form.get("time", ""), zone_of(home), now)
    else:
        raise InvalidValue("choose when it ends.")
    # Vendors keep whole minutes, and a plan that was checked must be the one that is sent.
    return (end + timedelta(seconds=59)).replace(second=0, microsecond=0)


def _next(text: str, zone: tzinfo, now: datetime) -> datetime:
    """The next time that the home's clock shows so."""
    at = clock_time(text, "the time")
    local = now.astimezone(zone)
    for days in (0, 1):
        day = local.date() + timedelta(days=days)
        time = from_wall_clock(datetime.combine(day, at), zone)
        if time > now:
            return time
    raise InvalidValue(f"{text!r} is no time.")


def cheapest_end(home: Home, now: datetime) -> datetime | None:
    """When the cheapest two hours ahead end."""
    for retailer in home.of_role(Role.RETAILER):
        if Channel.IMPORT in retailer.prices.channels:
            found = retailer.prices.cheapest(timedelta(hours=2), after=now, channel=Channel.IMPORT)
            return found[-1].end if found else None
    return None


def _number(form: Mapping[str, str], name: str, what: str) -> float:
    if (found := _optional(form, name)) is None:
        raise InvalidValue(f"{what} is missing.")
    return found


def _optional(form: Mapping[str, str], name: str) -> float | None:
    text = form.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        return number(float(text), name, low=0)
    except ValueError:
        raise InvalidValue(f"{text!r} is not a number.") from None


# A plan in words


def order_words(order: Order, zone: tzinfo, now: datetime) -> str:
    """An order in a line: ``"Charge to 80 % at 2.0 kW until 03:30"``."""
    operation = order.rule
    text = operation.title
    if order.target_soc_pct is not None:
        text += f" to {order.target_soc_pct:.0f} %"
    if order.power_w is not None:
        text += f" at {words.power(order.power_w)}"
    if operation.unit:
        text += f": {order.value:g} {operation.unit}" if order.value is not None else ": no limit"
    if order.until is not None:
        text += (
            " until it is released"
            if order.until == UNTIL_RELEASED
            else f" until {words.clock(order.until, zone, now)}"
        )
    return text


def plan_words(receipt: Receipt, home: Home, state: DeviceState, order: Order, now: datetime) -> list[str]:
    """What would be sent, what differs from the request, what ends it, and what it may cost."""
    zone = zone_of(home)
    if receipt.state is WriteState.UNCHANGED:
        return [RESULTS[WriteState.UNCHANGED]]
    limited = [result_words(receipt, zone, now)] if receipt.state is WriteState.HELD else []
    count = len(receipt.calls)
    said = (
        [f"{count} call{'' if count == 1 else 's'} to {state.info.provider}: {', '.join(_methods(receipt))}."]
        if count
        else []
    )
    said += [
        f"{each.field}: {_shown(each.got, zone, now)} instead of {_shown(each.asked, zone, now)} ({each.reason})."
        for each in receipt.adjustments
    ]
    if receipt.release_due is not None:
        said.append(f"Openpower ends it at {words.clock(receipt.release_due, zone, now)}; the hub has to run then.")
    elif order.until is not None:
        said.append("The device ends it by itself.")
    if receipt.recurs_at is not None:
        said.append(f"It would recur {words.clock(receipt.recurs_at, zone, now)} unless it is released.")
    said += [each for each in (cost_words(home, state, order, now), budget_words(state, now)) if each]
    if receipt.note:
        said.append(mask_text(receipt.note))
    return limited + said


def _methods(receipt: Receipt) -> list[str]:
    return list(dict.fromkeys(call.method for call in receipt.calls))


def _shown(value: Any, zone: tzinfo, now: datetime) -> str:
    if isinstance(value, datetime):
        return words.clock(value, zone, now)
    return f"{value:g}" if isinstance(value, float) else str(value)


def cost_words(home: Home, state: DeviceState, order: Order, now: datetime) -> str:
    """What charging to a target costs if all of it is bought, at the prices until its end; empty where that is unknown."""
    soc, capacity = getattr(state.live, "soc_pct", None), getattr(state.info, "usable_kwh", None)
    if order.operation != "charge" or order.target_soc_pct is None or soc is None or capacity is None:
        return ""
    kwh = max(0.0, order.target_soc_pct - soc) / 100 * capacity
    for retailer in home.of_role(Role.RETAILER):
        if Channel.IMPORT not in retailer.prices.channels or order.until is None:
            continue
        prices = retailer.prices.on(Channel.IMPORT).between(now, order.until)
        if not prices:
            continue
        low, high = (
            choose(price.best_per_kwh for price in prices) * Decimal(str(round(kwh, 2))) for choose in (min, max)
        )
        currency = prices[0].currency
        between = words.money(low, currency)
        if high != low:
            between = f"between {between} and {words.money(high, currency)}"
        return f"{words.energy(kwh)} to the target: {between} if all of it is bought."
    return ""


def budget_words(state: DeviceState, now: datetime) -> str:
    """How many writes are left today; empty where the vendor has no limit."""
    limits = state.device.capabilities.writes
    if limits is None or limits.per_day is None:
        return ""
    day = now - timedelta(days=1)
    used = {each.id for each, by in state.receipts if each.state.sent and each.at > day and by != RELEASE}
    return f"{max(0, limits.per_day - len(used))} of {limits.per_day} writes a day are left."


# What became of it


def error_words(error: OpenPowerError) -> str:
    """What happened, what to do, and what the vendor said; no serial number and no secret."""
    said = [mask_text(error.message).rstrip(".") + "."]
    if error.hint:
        said.append(mask_text(error.hint))
    if error.vendor_message:
        said.append(f"The vendor says: {mask_text(error.vendor_message)}")
    return " ".join(said)


def result_words(receipt: Receipt, zone: tzinfo, now: datetime) -> str:
    """How far a write got."""
    if receipt.state is WriteState.HELD and receipt.retry_at is not None:
        return f"Not sent: the limit on writes allows it from {words.clock(receipt.retry_at, zone, now)}."
    return RESULTS[receipt.state]


def done_of(home: Home, now: datetime, kept: Iterable[KeptReceipt] = ()) -> list[Done]:
    """The last writes of a home, newest first, each with the last state that it reached."""
    zone = zone_of(home)
    found: dict[str, tuple[datetime, Done]] = {}
    for receipt in sorted(kept, key=lambda each: each.seen_at):
        state = home.devices.get(receipt.key)
        if receipt.home == home.name and state is not None:
            found[receipt.id] = (receipt.at, _kept(home, state, receipt, zone, now))
    for state in home.devices.values():
        for each, by in state.receipts:
            found[each.id] = (each.at, _made(home, state, each, by, zone, now))
    return [done for _, done in sorted(found.values(), key=lambda pair: pair[0], reverse=True)]


def _made(home: Home, state: DeviceState, receipt: Receipt, by: str, zone: tzinfo, now: datetime) -> Done:
    command = receipt.command
    what = _what(
        receipt.operation,
        None if command is None else command.mode.value,
        None if command is None else command.target_soc_pct,
        None if command is None else command.until,
        zone,
        now,
    )
    return Done(
        id=receipt.id[:8],
        at=words.clock(receipt.at, zone, now),
        device=device_name(home, state),
        what=what,
        by=by_words(by),
        result=result_words(receipt, zone, now),
        kind=_kind(receipt.state),
        error=mask_text(receipt.note) if receipt.state not in (*_GOOD, *_PENDING) else "",
    )


def _kept(home: Home, state: DeviceState, receipt: KeptReceipt, zone: tzinfo, now: datetime) -> Done:
    reached = WriteState(receipt.state)
    return Done(
        id=receipt.id[:8],
        at=words.clock(receipt.at, zone, now),
        device=device_name(home, state),
        what=_what(receipt.operation, receipt.mode, receipt.target_soc_pct, receipt.until, zone, now),
        by=by_words(receipt.by),
        result=RESULTS[reached],
        kind=_kind(reached),
        error=mask_text(receipt.error),
    )


def _what(
    operation: str, mode: str | None, target: float | None, until: datetime | None, zone: tzinfo, now: datetime
) -> str:
    text = (mode or operation).replace("_", " ").capitalize()
    if target is not None:
        text += f" to {target:.0f} %"
    if until is not None and until != UNTIL_RELEASED:
        text += f" until {words.clock(until, zone, now)}"
    return text


def by_words(by: str) -> str:
    """Who asked for it, as people call it."""
    name, _, token = by.partition(":")
    words = {RELEASE: "its end came", "page": "this page", "http": "the API", "mqtt": "Home Assistant (MQTT)"}
    return words.get(name, by) + (f" ({token})" if name == "http" and token else "")


def _kind(state: WriteState) -> str:
    return "good" if state in _GOOD else "pending" if state in _PENDING else "bad"
