"""The configuration of the hub, ``openpower.toml``: read strictly, and without secrets.

::

    [homes.house]
    profiles = ["alphaess", "amber"]

    [http]
    port = 8484

    [mqtt]
    host = "homeassistant.local"
    username = "openpower"
    control = ["battery"]

Passwords stand in the environment (``OPENPOWER_MQTT_PASSWORD``) or in a file of their own (``password_file``), tokens as
hashes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast, get_args

from attrs import field, frozen

from openpower_core import checks
from openpower_core.devices.roles import Role
from openpower_core.errors import ConfigurationError, InvalidValue
from openpower_core.secrets import Secret

T = TypeVar("T")
Right: TypeAlias = Literal["read", "control"]
Event: TypeAlias = Literal["command", "overdue", "vendor", "spike"]
Forecast: TypeAlias = Literal["emhass", "history"]
Rule: TypeAlias = Literal["cheapest", "hold_above", "export_spike", "stop_negative_export"]


# Converters name no key: what reads the file adds it.


def _names(value: Any) -> tuple[str, ...]:
    """A list of words."""
    if isinstance(value, str) or not isinstance(value, list | tuple):
        raise InvalidValue(f'{value!r} is not a list, such as ["alphaess"].')
    return tuple(checks.text(each, "each of them") for each in cast("list[Any]", value))


def _roles(value: Any) -> frozenset[Role]:
    """The kinds of devices that may be controlled."""
    if isinstance(value, frozenset):
        return cast("frozenset[Role]", value)
    return frozenset(checks.one_of(Role, each, "each of them") for each in _names(value))


def _duration(value: Any) -> timedelta:
    """Seconds, or text such as ``"30 s"``, ``"5 min"``, ``"12 h"``, ``"30 d"``."""
    if isinstance(value, str):
        amount, _, unit = value.strip().partition(" ")
        try:
            value = timedelta(**{_UNITS[unit.strip()]: float(amount)})
        except (KeyError, ValueError, OverflowError):
            raise InvalidValue(f'{value!r} is no duration; write "30 s", "5 min", "12 h" or "30 d".') from None
    return checks.step(value, "it")


_UNITS: Final = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


def _durations(value: Any) -> dict[str, timedelta]:
    if not isinstance(value, Mapping):
        raise InvalidValue(f'{value!r} is not a table, such as {{ alphaess = "30 s" }}.')
    table: Mapping[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
    return {str(name): _duration(each) for name, each in table.items()}


def _port(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 65_536:
        raise InvalidValue(f"{value!r} is no port; it must be from 1 to 65535.")
    return value


def _rights(value: Any) -> tuple[Right, ...]:
    return tuple(checks.choice(each, "each of them", get_args(Right)) for each in _names(value))


def _events(value: Any) -> tuple[Event, ...]:
    return tuple(checks.choice(each, "each of them", get_args(Event)) for each in _names(value))


def _forecast(value: Any) -> Forecast:
    return checks.choice(value, "it", get_args(Forecast))


def _rule(value: Any) -> Rule:
    return checks.choice(value, "it", get_args(Rule))


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-fA-F]{64}", value):
        raise InvalidValue("it must be the hash of a token, 64 hexadecimal digits.", hint=_HOW_TO_MAKE_ONE)
    return value.lower()


_HOW_TO_MAKE_ONE: Final = "To make a token and its hash: openpower run --new-token NAME"


def _file(value: Any) -> Path | None:
    return None if value is None else checks.path(value, "it").expanduser()


@frozen(kw_only=True)
class HomeConfig:
    """``[homes.NAME]``: the profiles that are one home."""

    name: str = ""
    profiles: tuple[str, ...] = field(converter=_names)
    """Names that ``openpower.connect`` takes: profiles, or a provider without credentials."""
    title: str | None = None
    """What the home is called where people see it; its name by default."""
    intervals: Mapping[str, timedelta] = field(factory=dict[str, timedelta], converter=_durations)
    """How often profiles are read, as in ``{ alphaess = "30 s" }``; as often as suits the vendor by default."""
    command_duration: timedelta = field(default=timedelta(hours=24), converter=_duration)
    """How long a battery command without an end lasts."""


@frozen(kw_only=True)
class Token:
    """``[http.tokens.NAME]``: somebody who may call the HTTP API; ``openpower run --new-token NAME`` writes one."""

    sha256: str = field(converter=_sha256)
    """The hash of the token (hexadecimal); the token itself is shown once, when it is made."""
    rights: tuple[Right, ...] = field(default=("read",), converter=_rights)
    """``"read"``, ``"control"``."""


@frozen(kw_only=True)
class HTTPConfig:
    """``[http]``: the page and the HTTP API."""

    enabled: bool = True
    """Whether it listens at all."""
    host: str = "127.0.0.1"
    """Where it listens: 127.0.0.1 for this machine only; ``"0.0.0.0"`` for the network, which then needs tokens."""
    port: int | None = field(default=8484, converter=_port)
    """Its port."""
    control: frozenset[Role] = field(default=frozenset(), converter=_roles)
    """What may be controlled with the right ``control``: ``["battery", "inverter", "ev_charger"]``; nothing by default."""
    hosts: tuple[str, ...] = field(default=(), converter=_names)
    """Names with a dot that it is reached by, such as ``["power.example.org"]`` of a proxy; others are refused, as they may
    be another page's. Addresses, names without a dot and names in ``.local`` need not be listed."""
    tokens: Mapping[str, Token] = field(factory=dict[str, Token])
    """Who may call it, besides this machine, which may read: see ``[http.tokens.NAME]``."""
    page: bool = True
    """Whether it serves the page beside the API."""


@frozen(kw_only=True)
class MQTTConfig:
    """``[mqtt]``: the broker, and Home Assistant's discovery."""

    host: str = "localhost"
    """The broker's name or address."""
    port: int | None = field(default=None, converter=_port)
    """The broker's port; 1883 by default, or 8883 with TLS."""
    username: str | None = None
    """The user that it signs in as; nobody by default."""
    password_file: Path | None = field(default=None, converter=_file)
    """A file with the password, if it is not in ``OPENPOWER_MQTT_PASSWORD``."""
    tls: bool = False
    """Whether the connection is encrypted, and the broker's certificate checked."""
    prefix: str = "openpower"
    """What all topics begin with."""
    discovery_prefix: str = "homeassistant"
    """What Home Assistant's discovery topics begin with; ``""`` for no discovery."""
    control: frozenset[Role] = field(default=frozenset(), converter=_roles)
    """What may be controlled over MQTT; nothing by default."""

    @property
    def password(self) -> Secret | None:
        """The password, if there is one."""
        return secret("MQTT_PASSWORD", self.password_file)


@frozen(kw_only=True)
class PrometheusConfig:
    """``[prometheus]``: ``/metrics`` of the HTTP server."""

    enabled: bool = True
    """Whether it is served."""


@frozen(kw_only=True)
class HistoryConfig:
    """``[history]``: where readings, prices and receipts are kept."""

    enabled: bool = True
    """Whether anything is kept."""
    url: str | None = None
    """An SQLAlchemy URL without a password, such as ``"postgresql+psycopg://openpower@db/openpower"``; a file in the state
    folder by default. ``OPENPOWER_HISTORY_URL`` takes precedence."""
    raw: timedelta = field(default=timedelta(days=30), converter=_duration)
    """How long every reading is kept; means of five minutes, hours and days are kept for ever."""


@frozen(kw_only=True)
class PredbatConfig:
    """``[predbat]``: the entities and commands that Predbat's custom inverter needs, over MQTT."""

    home: str | None = None
    """Which home it drives; the only one by default."""
    control: bool = False
    """Whether what it writes is carried out; else it can only read, and plan in its read-only mode."""
    immediate: bool = False
    """Whether its MQTT commands (``set/charge`` …) are taken besides its schedule."""


@frozen(kw_only=True)
class EMHASSConfig:
    """``[emhass]``: who plans, and for which home."""

    url: str = "http://127.0.0.1:5000"
    """Where EMHASS listens."""
    home: str | None = None
    """Which home it plans for; the only one by default."""
    interval: timedelta = field(default=timedelta(minutes=15), converter=_duration)
    """How often it plans, and the length of a step."""
    horizon: timedelta = field(default=timedelta(hours=24), converter=_duration)
    """How far ahead it plans."""
    solar: Forecast = field(default="emhass", converter=_forecast)
    """Whose forecast of solar it plans with: ``"emhass"``, which has to have one, or ``"history"``, the means of the last days."""
    load: Forecast = field(default="history", converter=_forecast)
    """Whose forecast of the house: ``"history"``, the means of the last week, as soon as a day was recorded, or ``"emhass"``."""
    final_soc_pct: float | None = None
    """The charge at the end of the horizon; None for that of now."""
    most_writes: int = 48
    """How many commands it may send in 24 hours."""
    control: bool = False
    """Whether its plan is carried out; else it is only shown."""


@frozen(kw_only=True)
class RuleConfig:
    """``[rules.NAME]``: one rule; which keys it takes depends on ``rule``."""

    name: str = ""
    rule: Rule = field(converter=_rule)
    """``"cheapest"``, ``"hold_above"``, ``"export_spike"`` or ``"stop_negative_export"``."""
    home: str | None = None
    """Which home it is for; the only one by default."""
    hours: float | None = None
    """cheapest: how many hours; hold_above: how long before a high price the charge is kept at most (6)."""
    before: str | None = None
    """cheapest: until when, ``"07:00"`` on the home's clock."""
    target_soc_pct: float | None = None
    """cheapest: where to charge to; export_spike: where to stop."""
    above: float | None = None
    """hold_above: the price of import per kWh for which the charge is kept; export_spike: the price of feed-in above which it
    exports, None for what the retailer calls a spike."""
    power_w: float | None = None
    """How fast (W); as the device does by default."""
    export_limit_w: float | None = None
    """stop_negative_export: the limit while exporting costs money (0 W)."""
    most_writes: int = 8
    """How many commands it may send in 24 hours."""
    control: bool = False
    """Whether it acts; else it only shows what it would do."""


@frozen(kw_only=True)
class NotificationsConfig:
    """``[notifications]``: apprise URLs, in ``OPENPOWER_NOTIFICATIONS`` or a file of their own, as they hold secrets."""

    urls_file: Path | None = field(default=None, converter=_file)
    """A file with one URL a line, if they are not in ``OPENPOWER_NOTIFICATIONS``."""
    spike_above: float | None = None
    """From which price on (per kWh) there is a spike; none by default."""
    events: tuple[str, ...] = field(default=("command", "overdue", "vendor", "spike"), converter=_events)
    """What to tell of: ``"command"`` (one that failed), ``"overdue"`` (a release), ``"vendor"`` (lost and back),
    ``"spike"`` (a price)."""


@frozen(kw_only=True)
class HubConfig:
    """The whole file."""

    homes: Mapping[str, HomeConfig] = field(factory=dict[str, HomeConfig])
    """By name; a file without any has the simulated home."""
    http: HTTPConfig = HTTPConfig()
    prometheus: PrometheusConfig = PrometheusConfig()
    history: HistoryConfig = HistoryConfig()
    mqtt: MQTTConfig | None = None
    predbat: PredbatConfig | None = None
    emhass: EMHASSConfig | None = None
    rules: Mapping[str, RuleConfig] = field(factory=dict[str, RuleConfig])
    notifications: NotificationsConfig | None = None

    @classmethod
    def of_profiles(cls, profiles: tuple[str, ...]) -> HubConfig:
        """One home of these profiles, or the simulated one, and everything else as it is by default."""
        home = HomeConfig(name="home", profiles=profiles or ("demo",))
        return cls(homes={"home": home})


def secret(name: str, file: Path | None) -> Secret | None:
    """A secret that the environment holds as ``OPENPOWER_<name>``, or a file.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    if found := os.environ.get(f"OPENPOWER_{name}"):
        return Secret(found)
    if file is None:
        return None
    try:
        return Secret(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise ConfigurationError(f"{file} cannot be read ({why}).") from None
