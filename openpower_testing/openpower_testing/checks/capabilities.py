"""Capabilities are true: what is supported works, and what is unsupported sends nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.capabilities import Feature, Support
from openpower_core.control import BatteryMode, Schedule
from openpower_core.errors import OpenPowerError, Unsupported
from openpower_core.prices import Channel
from openpower_testing.checks._base import Operation, check, operations

if TYPE_CHECKING:
    from openpower_testing.harness import Harness

_SURE: Final = {Support.FULL, Support.EMULATED}
_OF_ROLE: Final[dict[str, tuple[Feature, ...]]] = {
    "meter": (Feature.READ, Feature.HISTORY),
    "inverter": (Feature.READ, Feature.HISTORY, Feature.EXPORT_LIMIT, Feature.SET_EXPORT_LIMIT),
    "battery": (
        Feature.READ,
        Feature.HISTORY,
        *(Feature.of(mode) for mode in BatteryMode),
        Feature.RELEASE,
        Feature.SCHEDULE,
        Feature.SET_SCHEDULE,
        Feature.SETTINGS,
        Feature.RESERVE_SOC,
        Feature.MAX_SOC,
        Feature.GRID_CHARGE_ALLOWED,
        Feature.POWER_LIMITS,
    ),
    "ev_charger": (
        Feature.READ,
        Feature.HISTORY,
        Feature.START,
        Feature.STOP,
        Feature.LIMITS,
        Feature.CHARGER_CURRENT,
        Feature.SITE_CURRENT,
    ),
    "retailer": (
        Feature.CURRENT_PRICE,
        Feature.PRICES,
        Feature.EXPORT_PRICES,
        Feature.USAGE,
        Feature.TARIFF,
        Feature.GRID_MIX,
    ),
}
_SETTINGS: Final[dict[Feature, dict[str, Any]]] = {
    Feature.RESERVE_SOC: {"reserve_soc_pct": 20},
    Feature.MAX_SOC: {"max_soc_pct": 90},
    Feature.GRID_CHARGE_ALLOWED: {"grid_charge_allowed": True},
    Feature.POWER_LIMITS: {"max_charge_w": 2000},
}
READS: Final = {
    Feature.READ,
    Feature.HISTORY,
    Feature.EXPORT_LIMIT,
    Feature.SCHEDULE,
    Feature.SETTINGS,
    Feature.LIMITS,
    Feature.CURRENT_PRICE,
    Feature.PRICES,
    Feature.EXPORT_PRICES,
    Feature.USAGE,
    Feature.TARIFF,
    Feature.GRID_MIX,
}


@check("capabilities")
async def what_is_missing_sends_nothing(harness: Harness) -> None:
    """Calling what is UNSUPPORTED raises Unsupported before any request."""
    devices = await harness.devices()
    missing = 0
    for device in devices:
        for feature in _OF_ROLE[str(device.info.role)]:
            if device.capabilities[feature].support is not Support.UNSUPPORTED:
                continue
            missing += 1
            before = harness.sent()
            how = await _how_it_ends(harness, device, feature)
            if harness.sent() != before:
                harness.fail(
                    f"{feature} of the {device.info.role} is UNSUPPORTED, but calling it sent a request.",
                    "Derive devices from the bases, which check first; do not override unsupported methods.",
                )
            if how:
                harness.fail(
                    f"{feature} of the {device.info.role} is UNSUPPORTED, but calling it {how}.",
                    "List it in the capabilities, or do not override it.",
                )
    if not missing:
        harness.skip("everything is supported")


async def _how_it_ends(harness: Harness, device: Any, feature: Feature) -> str:
    """The result of calling an unsupported feature; empty if it was refused."""
    try:
        await ask(harness, device, feature)
    except Unsupported:
        return ""
    except OpenPowerError as error:
        return f"raises {error!r}"
    return "works"


@check("capabilities", live=True)
async def what_is_full_works(harness: Harness) -> None:
    """What is FULL or EMULATED works, and something does: reads answer with something, a write can at least be planned."""
    works = 0
    for device in await harness.devices():
        for feature in _OF_ROLE[str(device.info.role)]:
            support = device.capabilities[feature].support
            if support not in {*_SURE, Support.CONDITIONAL} or feature is Feature.RELEASE:
                continue
            if harness.live and feature not in READS:
                continue
            ends = await _what_comes(harness, device, feature)
            works += not ends
            if ends and support in _SURE:
                harness.fail(
                    f"{feature} of the {device.info.role} is {support.upper()}, but calling it {ends}.",
                    "If it only works at times, make it CONDITIONAL, with a note that says when.",
                )
            if feature in READS and support in _SURE:
                harness.prove(device, feature)
    if not works:
        harness.unproven("nothing that the devices promise worked.")


async def _what_comes(harness: Harness, device: Any, feature: Feature) -> str:
    """What is wrong with the result of calling a feature; empty if it gives something."""
    try:
        answer = await ask(harness, device, feature)
    except OpenPowerError as error:
        return f"raises {type(error).__name__}: {error}"
    return "returns nothing" if hasattr(answer, "__len__") and not len(answer) else ""


@check("capabilities", live=True)
async def explain_themselves(harness: Harness) -> None:
    """The note of a CONDITIONAL or EMULATED feature says what a user has to know; writes have limits."""
    for device in await harness.devices():
        role, capabilities = device.info.role, device.capabilities
        for feature, capability in capabilities.items():
            if capability.support in {Support.CONDITIONAL, Support.EMULATED} and not capability.note:
                harness.fail(f"{feature} of the {role} is {capability.support} without a note.")
        writes = [each.feature for each in operations(role) if capabilities[each.feature]]
        if writes and capabilities.writes is None:
            harness.fail(
                f"The {role} can be written to, but its capabilities do not say how often.",
                "Give writes=WriteLimits(…).",
            )
        if capabilities[Feature.SET_SCHEDULE] and capabilities.schedule is None:
            harness.fail(
                f"The {role} takes schedules, but its capabilities do not say of what kind.", "Give schedule=…."
            )


async def ask(harness: Harness, device: Any, feature: Feature) -> Any:
    """The result of what a feature stands for; writes only as a dry run."""
    now = harness.clock.now()
    past = (now - timedelta(days=2), now - timedelta(days=1))
    calls: dict[Feature, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
        Feature.HISTORY: ("history", past, {}),
        Feature.USAGE: ("usage", past, {}),
        Feature.EXPORT_PRICES: ("prices", (), {"channel": Channel.EXPORT}),
        Feature.SET_SCHEDULE: ("set_schedule", (Schedule(),), {"dry_run": True}),
        Feature.SET_EXPORT_LIMIT: ("set_export_limit", (3000,), {"dry_run": True}),
        Feature.CHARGER_CURRENT: ("set_current_limit", (10,), {"dry_run": True}),
        Feature.SITE_CURRENT: ("set_current_limit", (20,), {"dry_run": True, "scope": "site"}),
        Feature.START: ("start", (), {"dry_run": True}),
        Feature.STOP: ("stop", (), {"dry_run": True}),
        Feature.RELEASE: ("release", (), {"dry_run": True}),
    }
    if feature in _SETTINGS:
        calls[feature] = ("apply_settings", (), {**_SETTINGS[feature], "dry_run": True})
    if feature.value in set(BatteryMode):
        until = Operation.until(harness)
        calls[feature] = (feature.value, (), {"until": until, "dry_run": True})
    method, arguments, keywords = calls.get(feature, (feature.value, (), {}))
    return await harness.call(device, method, *arguments, **keywords)
