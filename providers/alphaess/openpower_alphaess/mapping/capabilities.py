"""What AlphaESS inverters, meters and chargers can do by this API, and what is known of it from real ones."""

from __future__ import annotations

from openpower_alphaess.mapping.battery_capabilities import MISSING_PV, battery_capabilities, history, reading
from openpower_alphaess.pacing import CHARGER_LIMITS
from openpower_core.provider import Capabilities, Capability, Feature, Support

__all__ = ["battery_capabilities", "charger_capabilities", "inverter_capabilities", "meter_capabilities"]

_DEAD = "Reported dead after EMS firmware V0.00.73C."


def inverter_capabilities(tz: str | None) -> Capabilities:
    """The inverter: readings only."""
    no_limit = Capability(
        support=Support.UNSUPPORTED,
        note="The Open API has no export limit; the inverter's Modbus has one (register 0800).",
    )
    features = {Feature.EXPORT_LIMIT: no_limit, Feature.SET_EXPORT_LIMIT: no_limit}
    return Capabilities(features={**reading(tz, MISSING_PV), **features})


def meter_capabilities(tz: str | None) -> Capabilities:
    """The grid meter: readings only."""
    return Capabilities(features=reading(tz))


def charger_capabilities(tz: str | None, *, alone: bool) -> Capabilities:
    """One EV charger.

    Args:
        tz: the system's zone.
        alone: whether the system has no other.
    """
    features = {
        Feature.READ: Capability(
            support=Support.FULL,
            note="No answer of a system with a charger is public, so this follows the documentation.",
        ),
        Feature.HISTORY: history(tz)
        if alone
        else Capability(
            support=Support.UNSUPPORTED,
            note="The series has the power of all chargers together.",
            alternatives=("native.get_historical_power_usage()",),
        ),
        Feature.START: Capability(
            support=Support.CONDITIONAL, note=f"With a car plugged in (states 2, 4, 5, 6). {_DEAD}"
        ),
        Feature.STOP: Capability(support=Support.CONDITIONAL, note=f"While started (states 3, 4, 5). {_DEAD}"),
        Feature.LIMITS: Capability(
            support=Support.FULL, note="The household's limit only; 32 A also where nothing is set.", verified=True
        ),
        Feature.CHARGER_CURRENT: Capability(
            support=Support.UNSUPPORTED,
            note="The Open API sets the household's limit only; the charger's own is in the app.",
            alternatives=('set_current_limit(amps, scope="site")',),
        ),
        Feature.SITE_CURRENT: Capability(
            support=Support.FULL,
            note="6 to 32 A in steps of 1 A; it limits the whole house, by load balancing.",
            verified=True,
        ),
    }
    return Capabilities(features=features, writes=CHARGER_LIMITS)
