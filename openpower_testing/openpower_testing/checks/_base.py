"""What checks share: how they enlist, looking at everything a home reports, the writes to try, rewriting of JSON.

A check is a function of a harness; its docstring states what it proves.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final, TypeGuard, cast

import attrs
from attrs import frozen

from openpower_core.capabilities import Feature
from openpower_core.control import BatteryMode, Schedule, Window
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


_NOT_FIGURES = {"raw", "stamp"}


async def look(harness: Harness, connection: Any = None, *, fresh: bool = False) -> dict[str, Any]:
    """Read every device of a home, and ask retailers for the current price: by device id."""
    seen: dict[str, Any] = {}
    for device in await harness.devices(connection):
        question = main_question(device, fresh=fresh)
        if question is not None:
            method, keywords = question
            seen[device.info.id] = await harness.call(device, method, **keywords)
    return seen


def main_question(device: Any, *, fresh: bool = False) -> tuple[str, dict[str, Any]] | None:
    """The main method of a device and its arguments; None if it reports nothing."""
    from datetime import timedelta

    if device.capabilities[Feature.READ]:
        return "read", {"max_age": timedelta(0)} if fresh else {}
    if device.capabilities[Feature.CURRENT_PRICE]:
        return "current_price", {}
    return None


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


ENVELOPE: Final = frozenset({"code", "msg", "message", "status", "success", "expMsg", "error"})
"""Keys of vendors' response envelopes, whose own faults are checked separately."""

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_ -]{2,}")


def collect(answer: Any, keys: dict[str, None]) -> Any:
    """Collect the keys of all numeric leaves; the response stays unchanged."""

    def note(key: str, value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            keys[key] = None
        return value

    return everywhere(answer, note)


def words(answer: Any, found: dict[str, None]) -> Any:
    """Collect the keys whose values are plain words."""

    def note(key: str, value: Any) -> Any:
        if is_word(value):
            found[key] = None
        return value

    return everywhere(answer, note)


def is_word(value: Any) -> bool:
    """Whether a value looks like a vendor's word rather than a name, number, time or id."""
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def replaced(answer: Any, wanted: str, by: Any) -> Any:
    """The response with every leaf of one key replaced."""
    return everywhere(answer, lambda key, value: by if key == wanted else value)


def reworded(answer: Any, wanted: str) -> Any:
    """The response with the words of one key replaced by an unknown one."""
    return everywhere(answer, lambda key, value: "unheardOf" if key == wanted and is_word(value) else value)


def dropped(answer: Any, wanted: str) -> Any:
    """The response without one key."""
    if isinstance(answer, dict):
        fields = cast("dict[str, Any]", answer)
        return {key: dropped(value, wanted) for key, value in fields.items() if key != wanted}
    if is_list(answer):
        return [dropped(each, wanted) for each in answer]
    return answer


def extended(answer: Any) -> Any:
    """The response with an undocumented field in every object."""
    if isinstance(answer, dict):
        fields = {key: extended(value) for key, value in cast("dict[str, Any]", answer).items()}
        return {**fields, "brandNewField": 7, "brandNewObject": {"inner": [1, "two", None]}}
    if is_list(answer):
        return [extended(each) for each in answer]
    return answer


def everywhere(answer: Any, change: Callable[[str, Any], Any]) -> Any:
    """The response with every leaf (by its key) changed, except those of the envelope."""
    if not isinstance(answer, dict):
        return _within(answer, change, "")
    fields = cast("dict[str, Any]", answer)
    return {key: value if _is_envelope(key, value) else _within(value, change, key) for key, value in fields.items()}


def _is_envelope(key: str, value: Any) -> bool:
    return key in ENVELOPE and not isinstance(value, dict | list)


def _within(value: Any, change: Callable[[str, Any], Any], key: str) -> Any:
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: _within(each, change, name) for name, each in fields.items()}
    if is_list(value):
        return [_within(each, change, key) for each in value]
    return change(key, value)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether a JSON value is a list, of which nothing more is known."""
    return isinstance(value, list)
