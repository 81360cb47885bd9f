"""What checks share: how they enlist, reading each device alone, instants at which everything flows, the writes to try.

A check is a function of a harness; its docstring states what it proves.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, Final

import attrs
from attrs import asdict, field, frozen

from openpower_core.capabilities import Feature
from openpower_core.control import BatteryMode, Schedule, Window
from openpower_core.errors import OpenPowerError
from openpower_core.readings import Quality
from openpower_simulation import House, Plant
from openpower_simulation.house import Snapshot
from openpower_testing.checks._json import is_number, noting
from openpower_testing.faults import Received
from openpower_testing.harness import Harness

Body = Callable[["Harness"], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check."""

    name: str
    """``group.name``."""
    truth: str
    body: Body
    per_flavour: bool = True
    """Whether it runs once per flavour; otherwise it runs once, for both or for neither."""
    live: bool = False
    """Whether it may run against the vendor's real service, because it only reads."""
    live_write: bool = False
    """Whether it may run there if writes are allowed."""
    formerly: str = ""
    """The name that authors may still use for it, until 0.4."""

    @property
    def group(self) -> str:
        """The group that it belongs to."""
        return self.name.partition(".")[0]


CHECKS: dict[str, Check] = {}
"""Every check by name, in the order in which they are run."""


def name_today(name: str) -> str:
    """A check's current name, given that or its former one."""
    for each in CHECKS.values():
        if name == each.formerly:
            warnings.warn(f"the check {name!r} is now called {each.name!r}.", DeprecationWarning, stacklevel=3)
            return each.name
    return name


def check(
    group: str, *, per_flavour: bool = True, live: bool = False, live_write: bool = False, formerly: str = ""
) -> Callable[[Body], Body]:
    """Enlist a function as a check of a group."""

    def enlist(body: Body) -> Body:
        enlisted = Check(
            name=f"{group}.{body.__name__}",
            truth=inspect.getdoc(body) or "",
            body=body,
            per_flavour=per_flavour,
            live=live,
            live_write=live_write,
            formerly=formerly and f"{group}.{formerly}",
        )
        CHECKS[enlisted.name] = enlisted
        return body

    return enlist


@frozen
class Seen:
    """What one device gave when it was read, whatever the others did."""

    value: Any
    """A reading, a price, or the error that was raised."""
    requests: tuple[Received, ...] = field(default=(), repr=False)
    """What was asked for it."""

    @property
    def error(self) -> OpenPowerError | None:
        """The error that was raised instead."""
        return self.value if isinstance(self.value, OpenPowerError) else None

    @property
    def numbers(self) -> dict[str, float | Decimal]:
        """Its figures that are known, by path; none of an error."""
        reported = {} if self.error else figures(self.value)
        return {name: each for name, each in reported.items() if is_figure(each)}

    @property
    def is_live(self) -> bool:
        """Whether it says that it is of now."""
        return getattr(getattr(self.value, "stamp", None), "quality", Quality.LIVE) is Quality.LIVE

    def names(self, figure: str) -> bool:
        """Whether one of its issues is about a figure, a part of it, or the whole that it is a part of."""
        fields = [each.field for each in getattr(self.value, "issues", ())]
        return any(figure.startswith(each) or each.startswith(figure) for each in fields)


async def read_alone(harness: Harness, connection: Any = None, *, fresh: bool = True) -> dict[str, Seen]:
    """Read every device of a home for itself: by device id; under "" the error of all, if none can be found."""
    try:
        devices = await harness.devices(connection)
    except OpenPowerError as error:
        return {"": Seen(error)}
    asked = _questions(devices, fresh=fresh)
    return {each.info.id: await _seen(harness, each, method, keywords) for each, method, keywords in asked}


def _questions(devices: list[Any], *, fresh: bool) -> Iterator[tuple[Any, str, dict[str, Any]]]:
    for device in devices:
        if (question := main_question(device, fresh=fresh)) is not None:
            yield device, *question


async def _seen(harness: Harness, device: Any, method: str, keywords: dict[str, Any]) -> Seen:
    before = len(harness.requests())
    try:
        value = await harness.call(device, method, **keywords)
    except OpenPowerError as error:
        value = error
    except Exception as error:  # noqa: BLE001 - that is the finding
        harness.fail(
            f"{method}() of the {device.info.role} crashes with {type(error).__name__}: {error}",
            "Read responses with records and structure(), which turn mistakes into BadResponse.",
        )
    return Seen(value, harness.requests()[before:])


async def look(harness: Harness, connection: Any = None, *, fresh: bool = False) -> dict[str, Any]:
    """What every device of a home reports, by device id; the first error is raised."""
    asked = _questions(await harness.devices(connection), fresh=fresh)
    return {device.info.id: await harness.call(device, method, **keywords) for device, method, keywords in asked}


def main_question(device: Any, *, fresh: bool = False) -> tuple[str, dict[str, Any]] | None:
    """The main method of a device and its arguments; None if it reports nothing."""
    if device.capabilities[Feature.READ]:
        return "read", {"max_age": timedelta(0)} if fresh else {}
    if device.capabilities[Feature.CURRENT_PRICE]:
        return "current_price", {}
    return None


_NOT_FIGURES = {"raw", "stamp"}


def is_figure(value: Any) -> bool:
    """Whether a part of a reading is a number."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def figures(value: Any, name: str = "") -> dict[str, Any]:
    """Every figure and word of a reading, by its path: ``{"pv_energy.today_kwh": 3.1, "pv_w": None, …}``."""
    return dict(_figures(value, name))


def _figures(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    kind = kind_of(value)
    if attrs.has(kind):
        for field in attrs.fields(kind):
            if field.name not in _NOT_FIGURES:
                inner = f"{name}.{field.name}" if name else field.name
                yield from _figures(getattr(value, field.name), inner)
    elif kind is tuple:
        for place, each in enumerate(value):
            yield from _figures(each, f"{name}[{place}]")
    else:
        yield name, value


def kind_of(value: object) -> Any:
    """The class of an object of unknown type."""
    return type(value)


@frozen(kw_only=True)
class Instant:
    """A time at which figures differ from 0 that did not at the instants before."""

    usual: dict[str, Seen]
    """What is read then, by device id."""
    leaves: dict[str, list[Any]]
    """The leaves of all JSON responses, by path."""

    @property
    def numbers(self) -> list[str]:
        """The paths of numbers that differ from 0."""
        return [
            path for path, values in self.leaves.items() if any(is_number(each) and float(each) != 0 for each in values)
        ]


async def instants(harness: Harness) -> AsyncIterator[Instant]:
    """Move the clock to one instant after the other, until every figure differed from 0 at one of them, either way.

    With a simulated house these are few, because they are chosen by what flows in it; without one, they are looked for
    during a day.
    """
    known: set[tuple[str, str, bool]] = set()
    for time_ in await _times(harness):
        if harness.is_timed:
            harness.until(time_)
        instant = await _instant(harness)
        numbers = ((each, *number) for each, seen in instant.usual.items() for number in seen.numbers.items())
        new = {(each, name, value > 0) for each, name, value in numbers if value}
        if not known or new - known:
            known |= new
            yield instant


async def _instant(harness: Harness) -> Instant:
    found: dict[str, list[Any]] = {}
    connection = harness.connect()
    if harness.has_relay:
        harness.relay.rewrite = partial(noting, found)
    usual = await read_alone(harness, connection)
    if harness.has_relay:
        harness.relay.rewrite = None
    await harness.close(connection)
    broken = [f"{each}: {seen.error!r}" for each, seen in usual.items() if seen.error]
    if broken or not usual:
        harness.fail(f"It cannot be read: {'; '.join(broken) or 'no device reports anything'}.")
    return Instant(usual=usual, leaves=found)


async def _times(harness: Harness) -> list[datetime]:
    now = harness.clock.now()
    if not harness.is_timed:
        return [now]
    house = harness.enrolled.house(harness.served)
    if isinstance(house, House):
        return flowing(house.plant, now)
    return [now + timedelta(hours=hour) for hour in range(0, 24, 3)]


_EVERY: Final = timedelta(minutes=15)
_DAYS: Final = 14
_FLOWS_W: Final = 400
_FLOWED_KWH: Final = 0.2


@lru_cache(maxsize=32)
def flowing(plant: Plant, start: datetime) -> list[datetime]:
    """The fewest instants of a fortnight at which, together, everything flows in a house, in both directions."""
    twin = House(plant, start=start)
    times = [start + n * _EVERY for n in range(_DAYS * timedelta(days=1) // _EVERY)]
    flows = {time_: _flows(twin.at(time_)) for time_ in times}
    missing, chosen = set[str]().union(*flows.values()), set[datetime]()
    while missing:
        # The time that adds the most; of several the first.
        best = max(times, key=lambda time_: len(flows[time_] & missing))
        chosen.add(best)
        missing -= flows[best]
    return sorted(chosen)


def _flows(now: Snapshot) -> set[str]:
    powers = {"pv": now.pv_w, "load": now.load_w, "ev": now.ev_w, "battery": now.battery_w, "grid": now.grid_w}
    there = {f"+{name}" for name, power in powers.items() if power > _FLOWS_W}
    there |= {f"-{name}" for name, power in powers.items() if power < -_FLOWS_W}
    return there | {name for name, energy in asdict(now.today).items() if energy > _FLOWED_KWH}


@frozen(kw_only=True)
class Operation:
    """One kind of write on one kind of device."""

    role: str
    feature: Feature
    method: str
    variants: tuple[Mapping[str, Any], Mapping[str, Any]]
    timed: bool = False
    """Whether it is a command, which needs an end and has to be released."""

    def desired(self, harness: Harness, variant: int = 0) -> dict[str, Any]:
        """The arguments of one variant; make them once and use them again for the same command."""
        desired = dict(self.variants[variant])
        if self.timed:
            desired |= {"until": self.until(harness), "unattended": True}
        return desired

    @staticmethod
    def until(harness: Harness) -> datetime:
        """The end of a command: a full hour, since vendors have grids."""
        soon = harness.clock.now() + timedelta(hours=3)
        return soon.replace(minute=0, second=0, microsecond=0)


def other_operations(role: str) -> list[Operation]:
    """The other writes; each is tried once, to see that it is applied."""
    return [each for each in _OTHERS if each.role == role]


def operations(role: str) -> list[Operation]:
    """The writes that a kind of device may have."""
    return [each for each in _ALL if each.role == role]


_EARLY: Final = Schedule(windows=(Window(start=time(1), end=time(4), mode=BatteryMode.CHARGE, target_soc_pct=80),))
_LATE: Final = Schedule(windows=(Window(start=time(2), end=time(5), mode=BatteryMode.CHARGE, target_soc_pct=90),))

_ALL: Final = (
    Operation(
        role="battery",
        feature=Feature.CHARGE,
        method="charge",
        variants=({"target_soc_pct": 80}, {"target_soc_pct": 95}),
        timed=True,
    ),
    Operation(
        role="battery",
        feature=Feature.SET_SCHEDULE,
        method="set_schedule",
        variants=({"schedule": _EARLY}, {"schedule": _LATE}),
    ),
    Operation(
        role="battery",
        feature=Feature.RESERVE_SOC,
        method="apply_settings",
        variants=({"reserve_soc_pct": 20}, {"reserve_soc_pct": 30}),
    ),
    Operation(
        role="inverter",
        feature=Feature.SET_EXPORT_LIMIT,
        method="set_export_limit",
        variants=({"limit_w": 3000}, {"limit_w": 2000}),
    ),
    Operation(
        role="ev_charger",
        feature=Feature.CHARGER_CURRENT,
        method="set_current_limit",
        variants=({"amps": 10}, {"amps": 16}),
    ),
    Operation(
        role="ev_charger",
        feature=Feature.SITE_CURRENT,
        method="set_current_limit",
        variants=({"amps": 20, "scope": "site"}, {"amps": 25, "scope": "site"}),
    ),
)


def _other(role: str, feature: Feature, method: str, *, timed: bool = False, **desired: Any) -> Operation:
    return Operation(role=role, feature=feature, method=method, variants=(desired, desired), timed=timed)


_OTHERS: Final = (
    _other("battery", Feature.AUTO, "auto", timed=True),
    _other("battery", Feature.HOLD, "hold", timed=True),
    _other("battery", Feature.NO_CHARGE, "no_charge", timed=True),
    _other("battery", Feature.IDLE, "idle", timed=True),
    _other("battery", Feature.EXPORT, "export", timed=True),
    _other("battery", Feature.COMMAND_TARGET_SOC, "charge", timed=True, target_soc_pct=85),
    _other("battery", Feature.COMMAND_POWER, "charge", timed=True, power_w=1500),
    _other("battery", Feature.MAX_SOC, "apply_settings", max_soc_pct=90),
    _other("battery", Feature.GRID_CHARGE_ALLOWED, "apply_settings", grid_charge_allowed=True),
    _other("battery", Feature.POWER_LIMITS, "apply_settings", max_charge_w=2000, max_discharge_w=3000),
    _other("ev_charger", Feature.STOP, "stop"),
    _other("ev_charger", Feature.START, "start"),
)
