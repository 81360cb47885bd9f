"""The configuration of the hub, ``openpower.toml``: strictly validated, and without secrets.

::

    [homes.house]
    profiles = ["alphaess", "amber"]

    [http]
    port = 8484

    [mqtt]
    host = "homeassistant.local"
    username = "openpower"
    control = ["battery"]

Passwords are in the environment (``OPENPOWER_MQTT_PASSWORD``) or in a separate file (``password_file``); tokens are stored
as hashes.
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
    """``[homes.NAME]``: the profiles that make up one home."""

    name: str = ""
    profiles: tuple[str, ...] = field(converter=_names)
    """Names that ``openpower.connect`` accepts: profiles, or providers that need no credentials."""
    title: str | None = None
    """The display name of the home; by default its name."""
    intervals: Mapping[str, timedelta] = field(factory=dict[str, timedelta], converter=_durations)
    """How often each profile is read, such as ``{ alphaess = "30 s" }``; by default at the interval of its vendor."""
    command_duration: timedelta = field(default=timedelta(hours=24), converter=_duration)
    """How long a battery command without an end time lasts."""


@frozen(kw_only=True)
class Token:
    """``[http.tokens.NAME]``: a person or program that may call the HTTP API; ``openpower run --new-token NAME`` creates a token."""

    sha256: str = field(converter=_sha256)
    """The hash of the token (hexadecimal); the token itself is shown only once, when it is created."""
    rights: tuple[Right, ...] = field(default=("read",), converter=_rights)
    """What the token allows: ``"read"``, ``"control"``."""


@frozen(kw_only=True)
class HTTPConfig:
    """``[http]``: the page and the HTTP API."""

    enabled: bool = True
    """Whether the HTTP server runs."""
    host: str = "127.0.0.1"
    """The address to listen on: 127.0.0.1 for this machine only; ``"0.0.0.0"`` for the network, which requires tokens."""
    port: int | None = field(default=8484, converter=_port)
    """The port to listen on."""
    control: frozenset[Role] = field(default=frozenset(), converter=_roles)
    """The kinds of devices that tokens with the right ``control`` may control: ``["battery", "inverter", "ev_charger"]``; by
    default none."""
    hosts: tuple[str, ...] = field(default=(), converter=_names)
    """Host names with a dot under which the server is reached, such as ``["power.example.org"]`` of a proxy; others are
    rejected, to prevent DNS rebinding. Addresses, names without a dot and names in ``.local`` need not be listed."""
    tokens: Mapping[str, Token] = field(factory=dict[str, Token])
    """Who may call the API: see ``[http.tokens.NAME]``. Programs on this machine may read without a token."""
    page: bool = True
    """Whether the page is served as well as the API."""


@frozen(kw_only=True)
class MQTTConfig:
    """``[mqtt]``: the broker, and Home Assistant discovery."""

    host: str = "localhost"
    """The broker's name or address."""
    port: int | None = field(default=None, converter=_port)
    """The broker's port; 1883 by default, or 8883 with TLS."""
    username: str | None = None
    """The user name to sign in with; by default none."""
    password_file: Path | None = field(default=None, converter=_file)
    """A file that contains the password, if it is not in ``OPENPOWER_MQTT_PASSWORD``."""
    tls: bool = False
    """Whether to use TLS and verify the broker's certificate."""
    prefix: str = "openpower"
    """The prefix of all topics."""
    discovery_prefix: str = "homeassistant"
    """The prefix of Home Assistant's discovery topics; ``""`` disables discovery."""
    control: frozenset[Role] = field(default=frozenset(), converter=_roles)
    """The kinds of devices that may be controlled over MQTT; by default none."""

    @property
    def password(self) -> Secret | None:
        """The password, if there is one."""
        return secret("MQTT_PASSWORD", self.password_file)


@frozen(kw_only=True)
class PrometheusConfig:
    """``[prometheus]``: ``/metrics`` on the HTTP server."""

    enabled: bool = True
    """Whether ``/metrics`` is served."""


@frozen(kw_only=True)
class HistoryConfig:
    """``[history]``: where readings, prices and receipts are stored."""

    enabled: bool = True
    """Whether a history is recorded."""
    url: str | None = None
    """An SQLAlchemy URL without a password, such as ``"postgresql+psycopg://openpower@db/openpower"``; by default a file in
    the state folder. ``OPENPOWER_HISTORY_URL`` takes precedence."""
    raw: timedelta = field(default=timedelta(days=30), converter=_duration)
    """How long every reading is kept; five-minute, hourly and daily aggregates are kept forever."""


@frozen(kw_only=True)
class PredbatConfig:
    """``[predbat]``: the entities and commands of Predbat's custom inverter, over MQTT."""

    home: str | None = None
    """The home that Predbat controls; required if there are several."""
    control: bool = False
    """Whether Predbat's commands are carried out; otherwise it can only read, and plan in its read-only mode."""
    immediate: bool = False
    """Whether Predbat's MQTT commands (``set/charge`` …) are accepted in addition to its schedule."""


@frozen(kw_only=True)
class EMHASSConfig:
    """``[emhass]``: the EMHASS server, and how it plans a home."""

    url: str = "http://127.0.0.1:5000"
    """The URL of EMHASS."""
    home: str | None = None
    """The home that EMHASS plans; required if there are several."""
    interval: timedelta = field(default=timedelta(minutes=15), converter=_duration)
    """How often EMHASS plans, and the length of a step."""
    horizon: timedelta = field(default=timedelta(hours=24), converter=_duration)
    """How far ahead EMHASS plans."""
    solar: Forecast = field(default="emhass", converter=_forecast)
    """The solar forecast: ``"emhass"`` (EMHASS must have one) or ``"history"`` (the means of the last three days)."""
    load: Forecast = field(default="history", converter=_forecast)
    """The load forecast: ``"history"`` (the means of the last seven days, once a day has been recorded) or ``"emhass"``."""
    final_soc_pct: float | None = None
    """The state of charge at the end of the horizon; by default the current one."""
    most_writes: int = 48
    """The maximum number of commands in 24 hours."""
    control: bool = False
    """Whether the plan is carried out; otherwise it is only shown."""


@frozen(kw_only=True)
class RuleConfig:
    """``[rules.NAME]``: one rule; the accepted keys depend on ``rule``."""

    name: str = ""
    rule: Rule = field(converter=_rule)
    """The kind of rule: ``"cheapest"``, ``"hold_above"``, ``"export_spike"`` or ``"stop_negative_export"``."""
    home: str | None = None
    """The home to which the rule applies; required if there are several."""
    hours: float | None = None
    """cheapest: how many hours to charge; hold_above: the maximum time to hold before a high price, in hours (6)."""
    before: str | None = None
    """cheapest: the deadline, such as ``"07:00"``, in the home's time zone."""
    target_soc_pct: float | None = None
    """cheapest: charge up to this state of charge; export_spike: export down to it."""
    above: float | None = None
    """hold_above: the import price per kWh above which the charge is used; export_spike: the feed-in price per kWh above
    which the battery exports, by default whenever the retailer reports a spike."""
    power_w: float | None = None
    """The charge or discharge power (W); by default the device decides."""
    export_limit_w: float | None = None
    """stop_negative_export: the export limit while the feed-in price is negative (0 W)."""
    most_writes: int = 8
    """The maximum number of commands in 24 hours."""
    control: bool = False
    """Whether the rule acts; otherwise it only shows what it would do."""


@frozen(kw_only=True)
class NotificationsConfig:
    """``[notifications]``: messages through apprise; its URLs are secrets, in ``OPENPOWER_NOTIFICATIONS`` or a separate file."""

    urls_file: Path | None = field(default=None, converter=_file)
    """A file with one URL per line, if the URLs are not in ``OPENPOWER_NOTIFICATIONS``."""
    spike_above: float | None = None
    """The import price per kWh above which a spike is reported, in addition to spikes that the retailer reports; by default
    not set."""
    events: tuple[str, ...] = field(default=("command", "overdue", "vendor", "spike"), converter=_events)
    """The events to send: ``"command"`` (a failed command), ``"overdue"`` (an overdue release), ``"vendor"`` (a vendor is
    unreachable or back), ``"spike"`` (a price spike)."""


@frozen(kw_only=True)
class HubConfig:
    """The whole file."""

    homes: Mapping[str, HomeConfig] = field(factory=dict[str, HomeConfig])
    """The homes by name; without any, the simulated home."""
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
        """One home with these profiles, or the simulated one; everything else has its default."""
        home = HomeConfig(name="home", profiles=profiles or ("demo",))
        return cls(homes={"home": home})


def secret(name: str, file: Path | None) -> Secret | None:
    """A secret from the environment variable ``OPENPOWER_<name>`` or from a file.

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
