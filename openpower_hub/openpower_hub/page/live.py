"""What the page shows of a home now: each place with its figure and how fresh it is, the flows, and the cards of its devices.

The first view and every event are made of the same :class:`Live`; an event is the whole of it, so that none depends on another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from attrs import frozen

from openpower_core.balance import balance
from openpower_core.control import BatteryMode
from openpower_core.devices.roles import Role
from openpower_core.prices import Channel
from openpower_core.readings import ChargerStatus, Quality, Reading
from openpower_core.writes import ActiveCommand
from openpower_hub.homes import Home
from openpower_hub.page import words
from openpower_hub.page.flows import IDLE_W, ORDER, Flow, allocate, powers, unexplained
from openpower_hub.state import DeviceState, Freshness

ROLES: Final[Mapping[str, Role]] = {
    "solar": Role.INVERTER,
    "house": Role.INVERTER,
    "grid": Role.METER,
    "battery": Role.BATTERY,
    "car": Role.EV_CHARGER,
}
"""Whose readings each place's figure is from."""
_NAMES: Final = {"solar": "Solar", "house": "House", "grid": "Grid", "battery": "Battery", "car": "Car"}
_PLURALS: Final = {"battery": "batteries", "car": "chargers", "solar": "inverters", "grid": "meters"}
_WORST: Final = (Freshness.GONE, Freshness.LATE, Freshness.LIVE)
_STEADY_W: Final = 200.0
"""Below this, when a battery is full or empty cannot be said."""
_QUALITIES: Final = (Quality.DERIVED, Quality.ESTIMATED, Quality.CACHED)
_CHARGER_WORDS: Final[Mapping[ChargerStatus, str]] = {
    ChargerStatus.AVAILABLE: "no car",
    ChargerStatus.PREPARING: "plugged in",
    ChargerStatus.CHARGING: "charging",
    ChargerStatus.SUSPENDED_EVSE: "paused by the charger",
    ChargerStatus.SUSPENDED_EV: "plugged in, idle",
    ChargerStatus.FINISHING: "finished",
    ChargerStatus.RESERVED: "reserved",
    ChargerStatus.UNAVAILABLE: "unavailable",
    ChargerStatus.FAULTED: "fault",
}
_DOING: Final[Mapping[BatteryMode, str]] = {
    BatteryMode.AUTO: "automatic",
    BatteryMode.CHARGE: "charging",
    BatteryMode.HOLD: "holding",
    BatteryMode.NO_CHARGE: "not charging",
    BatteryMode.IDLE: "idle",
    BatteryMode.EXPORT: "exporting",
}


@frozen(kw_only=True)
class Node:
    """One place of the picture."""

    id: str
    """``"solar"``, ``"house"``, ``"grid"``, ``"battery"``, ``"car"``."""
    name: str
    """``"Battery"``, or how many: ``"2 batteries"``."""
    value: str
    """Its figure with its unit; ``–`` where it is unknown."""
    note: str
    """What it does: ``"charging 2.4 kW"``."""
    state: Freshness
    """Whether the figure is of now."""
    age: str
    """How old it is, or what it was last; empty while it is live."""
    level: float | None = None
    """Of a battery: its state of charge, for its symbol."""


@frozen(kw_only=True)
class Card:
    """One battery or charger."""

    key: str
    name: str
    value: str
    note: str
    state: Freshness
    age: str
    level: float | None
    command: str
    """What openpower commanded: ``"Openpower: charging until 03:30"``; empty where nothing is."""
    overdue: bool
    """Whether its end has passed without a release."""


@frozen(kw_only=True)
class Live:
    """The live part of the page of one home."""

    now: datetime
    clock: str
    sentence: str
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    rest: str
    """What measurements leave unexplained, in words; empty if nothing."""
    cards: tuple[Card, ...]
    self_sufficiency: str
    """Which share of today's use did not come from the grid."""
    trouble: str
    """What cannot be read, and since when; empty while all can."""

    @property
    def edges(self) -> dict[str, Flow | None]:
        """Every flow that this home could have, by id; None while nothing flows."""
        present = {node.id for node in self.nodes}
        active = {flow.id: flow for flow in self.flows if flow.watts >= IDLE_W}
        return {
            f"{source}-{use}": active.get(f"{source}-{use}")
            for source, use in ORDER
            if source in present and use in present
        }

    @property
    def texts(self) -> dict[str, str]:
        """Every text of the page that changes with readings, by its name in the page."""
        found = {
            "sentence": self.sentence,
            "clock": self.clock,
            "rest": self.rest,
            "self": self.self_sufficiency,
            "trouble": self.trouble,
        }
        for node in self.nodes:
            found |= {f"{node.id}.v": node.value, f"{node.id}.n": node.note, f"{node.id}.a": node.age}
        for card in self.cards:
            found |= {f"{card.key}.v": card.value, f"{card.key}.n": card.note, f"{card.key}.a": card.age}
        return found

    def event(self, parts: Mapping[str, str]) -> str:
        """The data of one event: JSON without blanks.

        Args:
            parts: the versions of the page's other parts; the page asks for those that changed.
        """
        content = {
            "now": round(self.now.timestamp(), 1),
            "t": self.texts,
            "s": {node.id: node.state.value for node in self.nodes}
            | {each.key: each.state.value for each in self.cards},
            "e": {name: [words.power(flow.watts), width(flow.watts)] for name, flow in self.edges.items() if flow},
            "l": {each.key: each.level for each in self.cards}
            | {each.id: each.level for each in self.nodes if each.level is not None},
            "p": parts,
        }
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False)


def width(watts: float) -> float:
    """How wide a flow is drawn: by the root of its power, from 2 to 8 (at 10 kW)."""
    return round(min(8.0, 2 + 6 * math.sqrt(max(0.0, watts) / 10_000)), 1)


def live_of(home: Home, now: datetime) -> Live:
    """What is shown of a home now."""
    zone = zone_of(home)
    places = {place: home.of_role(role) for place, role in ROLES.items() if home.of_role(role)}
    if "grid" in places:
        places.setdefault("house", [])
    shown = powers(_balance(home, late=True), frozenset(places))
    present = powers(home.balance, frozenset(places))
    flows = allocate(present)
    rest = unexplained(present)
    several = {place for place, states in places.items() if len(states) > 1}
    return Live(
        now=now,
        clock=f"{now.astimezone(zone):%H:%M:%S}",
        sentence=words.sentence(
            flows,
            present,
            import_price=_price(home, Channel.IMPORT),
            export_price=_price(home, Channel.EXPORT),
            several=several,
        ),
        nodes=tuple(_node(place, states, shown[place], zone) for place, states in places.items()),
        flows=tuple(flows),
        rest="" if rest is None else f"{words.power(rest)} unexplained",
        cards=tuple(_card(home, state, zone, now) for state in _with_cards(home)),
        self_sufficiency=self_sufficiency(home),
        trouble=trouble(home, now),
    )


def zone_of(home: Home) -> tzinfo:
    """The zone of a home's clock; UTC where no device says."""
    return ZoneInfo(home.tz) if home.tz else UTC


def _balance(home: Home, *, late: bool) -> Any:
    """The flows of the last readings that are not gone."""
    states = [state for state in home.devices.values() if state.reading is not None]
    return balance(
        [
            state.reading
            if late and state.freshness is not Freshness.GONE
            else type(state.reading)(stamp=state.reading.stamp)
            for state in states
            if state.reading is not None
        ]
    )


def _node(place: str, states: Sequence[DeviceState], watts: float | None, zone: tzinfo) -> Node:
    fresh = min((state.freshness for state in states), key=_WORST.index, default=Freshness.GONE)
    count = len(states)
    value = words.power(watts)
    level: float | None = None
    if place == "battery":
        level = _mean([_level(state) for state in states])
        value = words.percent(level)
    return Node(
        id=place,
        name=_NAMES[place] if count < 2 or place == "house" else f"{count} {_PLURALS[place]}",
        value=value,
        note=_note(place, states, watts),
        state=fresh,
        age=_age(place, states, fresh, zone),
        level=level,
    )


def _note(place: str, states: Sequence[DeviceState], watts: float | None) -> str:
    doing = ""
    if watts is not None and place in ("battery", "grid"):
        if abs(watts) < IDLE_W:
            doing = "idle"
        elif place == "grid":
            doing = "importing" if watts > 0 else "exporting"
        else:
            doing = f"{'discharging' if watts > 0 else 'charging'} {words.power(watts)}"
    elif place == "car" and len(states) == 1 and states[0].live is not None:
        doing = _CHARGER_WORDS.get(getattr(states[0].live, "status", ChargerStatus.UNKNOWN), "")
    quality = next(
        (state.live.stamp.quality for state in states if state.live and state.live.stamp.quality in _QUALITIES), ""
    )
    return " · ".join(part for part in (doing, str(quality)) if part)


def _age(place: str, states: Sequence[DeviceState], fresh: Freshness, zone: tzinfo) -> str:
    """How old the oldest figure is; of one that is gone, what it was and when."""
    if fresh is Freshness.LIVE or not states:
        return ""
    oldest = max(states, key=lambda state: state.age_s or 0.0)
    if oldest.age_s is None or oldest.reading is None or oldest.read_at is None:
        return "no data yet"
    if fresh is Freshness.LATE:
        return words.age(oldest.age_s)
    last = _figure(place, oldest.reading)
    return f"last {last} at {words.clock(oldest.read_at, zone)}" if last != words.NONE else ""


def _figure(place: str, reading: Reading) -> str:
    """The figure of one device's reading, as its place shows it."""
    if place == "battery":
        return words.percent(getattr(reading, "soc_pct", None))
    name = {"solar": "pv_w", "house": "load_w"}.get(place, "power_w")
    return words.power(getattr(reading, name, None))


def _level(state: DeviceState) -> float | None:
    """The state of charge, unless it is gone."""
    return None if state.freshness is Freshness.GONE else getattr(state.reading, "soc_pct", None)


def _mean(levels: Sequence[float | None]) -> float | None:
    known = [each for each in levels if each is not None]
    return sum(known) / len(known) if known and len(known) == len(levels) else None


def _with_cards(home: Home) -> Iterator[DeviceState]:
    yield from home.of_role(Role.BATTERY)
    yield from home.of_role(Role.EV_CHARGER)


def _card(home: Home, state: DeviceState, zone: tzinfo, now: datetime) -> Card:
    place = "battery" if state.role is Role.BATTERY else "car"
    usable = state.reading is not None and state.freshness is not Freshness.GONE
    watts = getattr(state.reading, "power_w", None) if usable else None
    level = _level(state) if place == "battery" else None
    return Card(
        key=state.key,
        name=device_name(home, state),
        value=words.percent(level) if place == "battery" else words.power(watts),
        note=_card_note(place, state, watts, zone, now),
        state=state.freshness,
        age=_age(place, [state], state.freshness, zone),
        level=level,
        command=command_words(state.active, zone, now),
        overdue=state.active is not None and state.active.overdue,
    )


def _card_note(place: str, state: DeviceState, watts: float | None, zone: tzinfo, now: datetime) -> str:
    note = _note(place, [state], watts)
    if place != "battery" or state.live is None or watts is None:
        return note
    usable = getattr(state.info, "usable_kwh", None) or getattr(state.info, "capacity_kwh", None)
    end = end_of_charge(getattr(state.live, "soc_pct", None), usable, watts)
    if end is None:
        return note
    return f"{note}, {'empty' if watts > 0 else 'full'} about {words.clock(_to_five_minutes(now + end), zone, now)}"


def end_of_charge(soc_pct: float | None, usable_kwh: float | None, watts: float) -> timedelta | None:
    """How long until a battery is full or empty if it goes on like this; None if that is unknown, or a day away.

    >>> end_of_charge(50, 10, -2500)
    datetime.timedelta(seconds=7200)
    """
    if soc_pct is None or not usable_kwh or abs(watts) < _STEADY_W:
        return None
    share = (soc_pct if watts > 0 else 100 - soc_pct) / 100
    length = timedelta(hours=share * usable_kwh * 1000 / abs(watts))
    return length if timedelta(0) < length < timedelta(days=1) else None


def _to_five_minutes(time: datetime) -> datetime:
    """An estimate is no more exact than that."""
    return datetime.fromtimestamp(round(time.timestamp() / 300) * 300, UTC)


def device_name(home: Home, state: DeviceState) -> str:
    """What a device is called on the page: ``"Battery"``; one of several has its number and model."""
    place = next((place for place, role in ROLES.items() if role is state.role and place != "house"), "")
    name = {"solar": "Inverter", "grid": "Meter", "car": "Car charger"}.get(place, _NAMES.get(place, "Retailer"))
    same = home.of_role(state.role)
    if len(same) < 2:
        return name
    model = f" ({state.info.model})" if state.info.model else ""
    return f"{name} {same.index(state) + 1}{model}"


def command_words(active: ActiveCommand | None, zone: tzinfo, now: datetime) -> str:
    """What openpower commanded and until when; empty if nothing."""
    if active is None:
        return ""
    doing = active.operation.replace("_", " ") if active.command is None else _DOING[active.command.mode]
    if active.command is not None and active.command.target_soc_pct is not None:
        doing += f" to {active.command.target_soc_pct:.0f} %"
    if active.overdue and active.release_due is not None:
        return f"Openpower: {doing}, overdue since {words.clock(active.release_due, zone, now)}"
    if (end := active.ends_at or active.release_due) is None:
        return f"Openpower: {doing} until it is released"
    return f"Openpower: {doing} until {words.clock(end, zone, now)}"


def trouble(home: Home, now: datetime) -> str:
    """The line on top of the page while a device cannot be read; empty while all can."""
    failing = [state for state in home.devices.values() if state.error is not None]
    lost = [profile for profile, failures in home.failures.items() if failures]
    if lost and not failing:
        return f"Not everything of {words.listed(lost)} was found; see Health."
    if not failing:
        return ""
    since = min(state.failing_since or now for state in failing)
    names = words.listed([device_name(home, state) for state in failing])
    return f"{names}: no answer since {words.clock(since, zone_of(home), now)}; see Health."


def _price(home: Home, channel: Channel) -> str:
    """The running price of a channel in words; empty where it is unknown."""
    found = next((price for state in home.of_role(Role.RETAILER) if (price := state.price(channel))), None)
    return "" if found is None else words.price(found.per_kwh, found.currency)


def self_sufficiency(home: Home) -> str:
    """Which share of today's use did not come from the grid, by the counters of now; ``–`` where one is unknown."""
    used = _today(home, Role.INVERTER, "load_energy")
    imported = _today(home, Role.METER, "import_energy")
    if used is None or imported is None or used < 0.05:
        return words.NONE
    cars = _today(home, Role.EV_CHARGER, "energy") or 0.0
    includes = any(getattr(state.live, "load_includes_ev", None) for state in home.of_role(Role.INVERTER))
    used += 0.0 if includes else cars
    return words.percent(max(0.0, 100 * (1 - imported / used)))


def _today(home: Home, role: Role, counter: str) -> float | None:
    """The sum of today's counters of a kind of device; None where one is unknown."""
    counters = [getattr(state.live, counter, None) for state in home.of_role(role)]
    found = [None if each is None else each.today_kwh for each in counters]
    return sum(each for each in found if each is not None) if found and None not in found else None
