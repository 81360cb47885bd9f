"""Messages on command topics, and the orders that they are. Pure functions: nothing here is sent."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve, frozen

from openpower_core import checks
from openpower_core.capabilities import Feature
from openpower_core.control import BatteryMode
from openpower_core.errors import InvalidValue
from openpower_hub.control import RELEASE, Order, operations_of
from openpower_hub.mqtt.discovery import CHARGING, COMMAND, LONGEST_MIN, MINUTES, NO_LIMIT, POWER, RELEASED, TARGET

if TYPE_CHECKING:
    from openpower_hub.settings import Setting
    from openpower_hub.state import DeviceState

MOST_BYTES: Final = 1024
"""No command is longer."""
_MODES: Final = (RELEASED, RELEASE, *(mode.value for mode in BatteryMode))
_KEYS: Final = ("mode", "until", "minutes", "target_soc_pct", "power_w")


@frozen(kw_only=True)
class Next:
    """What comes with the next command that is given by its mode alone; None leaves it to the device, or the home's default."""

    power_w: float | None = None
    target_soc_pct: float | None = None
    minutes: float | None = None


def names_of(state: DeviceState) -> tuple[str, ...]:
    """The commands that a device takes: the last parts of its topics."""
    operations = operations_of(state)
    found: list[str] = []
    if any(each.mode for each in operations.values()):
        found += [COMMAND, POWER, TARGET, MINUTES]
    found += [RELEASE] if RELEASE in operations else []
    found += [name for name, each in operations.items() if each.unit]
    found += [CHARGING] if {"start", "stop"} <= set(operations) else []
    return tuple(found)


def read_text(payload: bytes) -> str:
    """A payload as text.

    Raises:
        InvalidValue: it is empty, too long, or no text.
    """
    if not 0 < len(payload) <= MOST_BYTES:
        raise InvalidValue(f"a command of {len(payload)} bytes is not taken; it must have 1 to {MOST_BYTES}.")
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise InvalidValue("the command is not UTF-8 text.") from None
    if not text.isprintable():
        raise InvalidValue("the command has characters that cannot be printed.")
    return text.strip()


def to_next(name: str, text: str, following: Next) -> Next:
    """What comes with the next command, after one figure of it was set.

    Raises:
        InvalidValue: it is not a number in its range.
    """
    if name == POWER:
        return evolve(following, power_w=_figure(text, name, low=0))
    if name == TARGET:
        return evolve(following, target_soc_pct=_figure(text, name, low=0, high=100))
    return evolve(following, minutes=_figure(text, name, low=0, high=LONGEST_MIN))


def to_order(
    name: str, text: str, state: DeviceState, *, following: Next, settings: Mapping[str, Setting] | None, now: datetime
) -> Order:
    """The order that a command is.

    Raises:
        InvalidValue: it is none, or out of the announced range.
    """
    if name == COMMAND:
        return _to_command(text, state, following, now)
    if name == RELEASE:
        return Order(operation=RELEASE)
    if name == CHARGING:
        word = checks.choice(text.upper(), CHARGING, ("ON", "OFF"))
        return Order(operation="start" if word == "ON" else "stop")
    setting = (settings or {}).get(name)
    low, high = (setting.low, setting.high) if setting else (0.0, math.inf)
    return Order(operation=name, value=_figure(text, name, low=low, high=high))


def _to_command(text: str, state: DeviceState, following: Next, now: datetime) -> Order:
    """A command by its mode alone takes the rest from what was set for the next one; JSON says all of it."""
    if not text.startswith("{"):
        given: dict[str, Any] = {"mode": text}
        if text in (BatteryMode.CHARGE, BatteryMode.EXPORT):
            given |= _supported(state, following)
        given |= {"minutes": following.minutes or None}
    else:
        given = _to_table(text)
    mode = checks.choice(given.get("mode"), "mode", _MODES)
    if mode in (RELEASED, RELEASE):
        return Order(operation=RELEASE)
    return Order(
        operation=mode,
        until=_until(given, now),
        target_soc_pct=_number(given, "target_soc_pct", high=100),
        power_w=_number(given, "power_w"),
    )


def _until(given: Mapping[str, Any], now: datetime) -> datetime | None:
    """When a command ends; what somebody meant as an end and is none must not become the default of a day."""
    at, minutes = given.get("until"), given.get("minutes")
    if at is not None and minutes is not None:
        raise InvalidValue("the command has until and minutes; give one of them.")
    if minutes is not None:
        return now + timedelta(minutes=checks.number(minutes, "minutes", above=0, high=LONGEST_MIN))
    if at is None:
        return None
    try:
        return checks.instant(datetime.fromisoformat(at), "until")
    except (TypeError, ValueError):
        raise InvalidValue(f"until is {str(at)[:40]!r}; it must be a time such as 2026-08-01T06:00:00Z.") from None


def _supported(state: DeviceState, following: Next) -> dict[str, Any]:
    able = state.device.capabilities
    return {
        "power_w": following.power_w if able[Feature.COMMAND_POWER] else None,
        "target_soc_pct": following.target_soc_pct if able[Feature.COMMAND_TARGET_SOC] else None,
    }


def _to_table(text: str) -> dict[str, Any]:
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise InvalidValue(f"the command is not valid JSON: {error}.") from None
    table: dict[str, Any] = found
    if unknown := sorted(set(table) - set(_KEYS)):
        raise InvalidValue(f"the command has no {unknown[0]!r}; it takes {', '.join(_KEYS)}.")
    return table


def _number(given: Mapping[str, Any], name: str, high: float = math.inf) -> float | None:
    value = given.get(name)
    return None if value is None else checks.number(value, name, low=0, high=high)


def _figure(text: str, name: str, *, low: float, high: float = math.inf) -> float | None:
    """A number in a range, or None for no limit."""
    if text.lower() == NO_LIMIT:
        return None
    try:
        value = float(text)
    except ValueError:
        raise InvalidValue(f"{name} is {text[:40]!r}; it must be a number, or {NO_LIMIT}.") from None
    return checks.number(value, name, low=low, high=high)
