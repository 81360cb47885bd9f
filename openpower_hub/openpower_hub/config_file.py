"""Reads ``openpower.toml``: strict parsing, and checks across tables."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Final, TypeVar, get_args, get_type_hints

import attrs

from openpower_core._error import nearest
from openpower_core.checks import clock_time
from openpower_core.connection.profiles import config_path
from openpower_core.errors import ConfigurationError, InvalidValue, OpenPowerError
from openpower_hub.config import (
    EMHASSConfig,
    HistoryConfig,
    HomeConfig,
    HTTPConfig,
    HubConfig,
    MQTTConfig,
    NotificationsConfig,
    PredbatConfig,
    PrometheusConfig,
    Rule,
    RuleConfig,
    Token,
)

T = TypeVar("T")
FILE: Final = "openpower.toml"
TABLES: Final[Mapping[str, type[Any]]] = {
    "http": HTTPConfig,
    "prometheus": PrometheusConfig,
    "history": HistoryConfig,
    "mqtt": MQTTConfig,
    "predbat": PredbatConfig,
    "emhass": EMHASSConfig,
    "notifications": NotificationsConfig,
}
"""The tables with fixed keys."""
NAMED: Final[Mapping[str, type[Any]]] = {"homes": HomeConfig, "rules": RuleConfig}
"""The tables with a table for each name."""
_SECRETS: Final = ("password", "token", "urls", "url_password", "secret")


def find_file() -> Path | None:
    """The file that is used unless another is named: ``openpower.toml`` here, or in the folder of the profiles."""
    return next((path for path in (Path(FILE), config_path().with_name(FILE)) if path.is_file()), None)


def read_config(path: Path) -> HubConfig:
    """Read a configuration.

    Raises:
        ConfigurationError: it cannot be read, is not valid TOML, or has an unknown key or a wrong value; the message names
            the place.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}).", hint="To write one: openpower run --init"
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}.") from None
    return parse_config(content, str(path))


def parse_config(content: Mapping[str, Any], where: str) -> HubConfig:
    """Make a configuration of what TOML gave; see :func:`read_config`."""
    _check_keys(content, tuple(field.name for field in attrs.fields(HubConfig)), where)
    parts: dict[str, Any] = {}
    for name, value in content.items():
        place = f"[{name}] of {where}"
        if (cls := TABLES.get(name)) is not None:
            parts[name] = _table(cls, value, place)
        else:
            named = _as_table(value, place)
            parts[name] = {
                key: _table(NAMED[name], each, f"[{name}.{key}] of {where}", name=key) for key, each in named.items()
            }
    if not parts.get("homes"):  # also a table without any
        parts["homes"] = HubConfig.of_profiles(()).homes
    config = HubConfig(**parts)
    check_parts(config, where)
    return config


def _table(cls: type[T], value: Any, where: str, **given: Any) -> T:
    table = dict(_as_table(value, where))
    hints = get_type_hints(cls)
    _check_keys(table, tuple(field.name for field in attrs.fields(cls) if field.name not in given), where)  # type: ignore[arg-type]
    if cls is HTTPConfig and "tokens" in table:
        tokens = _as_table(table["tokens"], where)
        table["tokens"] = {key: _table(Token, each, f"[http.tokens.{key}]") for key, each in tokens.items()}
    for each in attrs.fields(cls):  # type: ignore[arg-type]
        if each.name not in table:
            continue
        if each.converter is None:
            _check_plain(each.name, table[each.name], hints[each.name], where)
            continue
        try:
            table[each.name] = each.converter(table[each.name])
        except OpenPowerError as error:
            raise ConfigurationError(f"{where}: {each.name}: {error.message}", hint=error.hint) from None
    missing = [
        each.name
        for each in attrs.fields(cls)  # type: ignore[arg-type]
        if each.default is attrs.NOTHING and each.name not in table and each.name not in given
    ]
    if missing:
        raise ConfigurationError(f"{where} lacks {' and '.join(missing)}.")
    return cls(**table, **given)


_PLAIN: Final = {bool: "true or false", str: "text", float: "a number", int: "a whole number"}


def _check_plain(name: str, value: Any, hint: Any, where: str) -> None:
    """Check a value that has no converter by its type alone."""
    for kind, words in _PLAIN.items():
        if kind not in (hint, *(get_args(hint) if isinstance(hint, UnionType) else ())):
            continue
        fits = isinstance(value, int | float if kind is float else kind) and isinstance(value, bool) is (kind is bool)
        if not fits or (kind is float and not math.isfinite(float(value))):
            raise ConfigurationError(f"{where}: {name} is {value!r}; it must be {words}.")


def _as_table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where} is {value!r}; it must be a table.")
    return value  # pyright: ignore[reportUnknownVariableType]


def _check_keys(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key in known:
            continue
        if key in _SECRETS:
            raise ConfigurationError(
                f"{where} holds {key}, and this file holds no secrets.",
                hint=f"Put it into the environment or a file of its own ({', '.join(known)}).",
            )
        raise ConfigurationError(f"{where} has no key {key!r}; it takes {', '.join(known)}.", hint=nearest(key, known))


KEYS: Final[Mapping[Rule, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "cheapest": (("hours", "before"), ("target_soc_pct", "power_w")),
    "hold_above": (("above",), ("hours",)),
    "export_spike": (("target_soc_pct",), ("above", "power_w")),
    "stop_negative_export": ((), ("export_limit_w",)),
}
"""The keys that each rule needs, and those that it may have."""
_OWN: Final = ("hours", "before", "target_soc_pct", "above", "power_w", "export_limit_w")


def check_parts(config: HubConfig, where: str) -> None:
    """Check what one part of a configuration says of another, and what a rule takes.

    Raises:
        ConfigurationError: they do not fit; the message names the place.
    """
    for name, rule in config.rules.items():
        _check_home(rule.home, config, f"[rules.{name}] of {where}")
        if wrong := wrong_with(rule):
            raise ConfigurationError(f"[rules.{name}] of {where}: {wrong}")
    for name in ("predbat", "emhass"):
        if (part := getattr(config, name)) is not None:
            _check_home(part.home, config, f"[{name}] of {where}")
    if config.predbat is not None and config.mqtt is None:
        raise ConfigurationError(f"[predbat] of {where} needs [mqtt]: it is driven through the broker.")
    if config.emhass is not None and (wrong := _wrong_times(config.emhass)):
        raise ConfigurationError(f"[emhass] of {where}: {wrong}")
    _check_planners(config, where)


def _wrong_times(emhass: EMHASSConfig) -> str:
    """What is wrong with the times of a plan, in words; empty if nothing is."""
    if emhass.interval not in STEPS:
        return f"interval must be {', '.join(f'{each.seconds // 60}' for each in STEPS)} min."
    if not timedelta(hours=2) <= emhass.horizon <= timedelta(hours=48):
        return "horizon must be from 2 h to 48 h."
    if emhass.final_soc_pct is not None and not 0 <= emhass.final_soc_pct <= 100:
        return f"final_soc_pct is {emhass.final_soc_pct:g}; it must be from 0 to 100."
    return "" if emhass.most_writes > 0 else f"most_writes is {emhass.most_writes}; it must be above 0."


STEPS: Final = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 15, 20, 30, 60))
"""How long a step of a plan may be: what divides an hour, so that steps begin on its lines."""


def _check_planners(config: HubConfig, where: str) -> None:
    """Refuse two planners that command one home: each would undo what the other orders."""
    only = next(iter(config.homes), "home")
    plans = [(f"rules.{name}", rule.home) for name, rule in config.rules.items() if rule.control]
    if config.emhass is not None and config.emhass.control:
        plans.append(("emhass", config.emhass.home))
    if config.predbat is not None and config.predbat.control:
        plans.append(("predbat", config.predbat.home))
    by_home: dict[str, str] = {}
    for name, home in plans:
        other = by_home.setdefault(home or only, name)
        if other.partition(".")[0] != name.partition(".")[0]:
            raise ConfigurationError(
                f"[{other}] and [{name}] of {where} both command the home {home or only!r}.",
                hint="Leave one of them; control = false keeps the plan of the other one on show.",
            )


def _check_home(home: str | None, config: HubConfig, where: str) -> None:
    homes = list(config.homes)
    if home is None and len(homes) > 1:
        raise ConfigurationError(f"{where} lacks home, and there are several: {', '.join(homes)}.")
    if home is not None and home not in homes:
        raise ConfigurationError(f"{where} is for the home {home!r}; there are: {', '.join(homes)}.")


def wrong_with(rule: RuleConfig) -> str:
    """What a rule lacks, or has beyond what it takes, in words; empty if it is right."""
    needed, possible = KEYS[rule.rule]
    given = {name for name in _OWN if getattr(rule, name) is not None}
    if missing := [name for name in needed if name not in given]:
        return f"{rule.rule} needs {' and '.join(missing)}."
    if other := sorted(given - {*needed, *possible}):
        return f"{rule.rule} takes no {' and no '.join(other)}."
    if rule.before is not None:
        try:
            clock_time(rule.before, "before")
        except InvalidValue as error:
            return str(error)
    if rule.hours is not None and not 0 < rule.hours <= 24:
        return f"hours is {rule.hours:g}; it must be above 0 and at most 24."
    if rule.target_soc_pct is not None and not 0 <= rule.target_soc_pct <= 100:
        return f"target_soc_pct is {rule.target_soc_pct:g}; it must be from 0 to 100."
    if rule.power_w is not None and not rule.power_w > 0:
        return f"power_w is {rule.power_w:g}; it must be above 0."
    if rule.export_limit_w is not None and rule.export_limit_w < 0:
        return f"export_limit_w is {rule.export_limit_w:g}; it must not be negative."
    return "" if rule.most_writes > 0 else f"most_writes is {rule.most_writes}; it must be above 0."
