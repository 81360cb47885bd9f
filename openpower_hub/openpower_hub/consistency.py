"""What the parts of a configuration say of each other, checked once all of it was read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from openpower_core.checks import clock_time
from openpower_core.errors import ConfigurationError, InvalidValue

if TYPE_CHECKING:
    from openpower_hub.config import EMHASSConfig, HubConfig, Rule, RuleConfig

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
