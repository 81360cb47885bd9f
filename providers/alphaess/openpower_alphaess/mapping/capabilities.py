"""What AlphaESS devices can do by this API, and what is known of it from real ones."""

from __future__ import annotations

from openpower_core.capabilities import Capabilities, Capability, Feature, Support

__all__ = [
    "battery_capabilities",
    "charger_capabilities",
    "inverter_capabilities",
    "meter_capabilities",
]

_LIVE = Capability(
    support=Support.FULL,
    note="Renewed every 10 to 30 s; the answer carries no time of its own.",
    verified=True,
)
_NO_ZONE = "Needs tz=, the system's zone: the series is told in wall-clock time."
_MISSING_PV = (
    "Some AC-coupled systems leave their PV out of the series; it is None there, and the battery's power, "
    "which is computed from the rest, as well."
)


def _history(tz: str | None, note: str = "") -> Capability:
    support = Support.CONDITIONAL if tz is None else Support.FULL
    words = " ".join(each for each in (_NO_ZONE if tz is None else "", note) if each)
    return Capability(support=support, note=words, verified=True)


def _reading(tz: str | None, note: str = "") -> dict[Feature, Capability]:
    """What every device can: be read, now and back through the days."""
    return {Feature.READ: _LIVE, Feature.HISTORY: _history(tz, note)}


def inverter_capabilities(tz: str | None) -> Capabilities:
    """The inverter: readings only."""
    no_limit = Capability(
        support=Support.UNSUPPORTED,
        note="The Open API has no export limit; the inverter's Modbus has one (register 0800).",
    )
    features = {Feature.EXPORT_LIMIT: no_limit, Feature.SET_EXPORT_LIMIT: no_limit}
    return Capabilities(features={**_reading(tz, _MISSING_PV), **features})


def battery_capabilities(tz: str | None) -> Capabilities:
    """The battery: readings."""
    return Capabilities(features=_reading(tz, f"Its power is computed. {_MISSING_PV}"))


def meter_capabilities(tz: str | None) -> Capabilities:
    """The grid meter: readings only."""
    return Capabilities(features=_reading(tz))


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
        Feature.HISTORY: _history(tz)
        if alone
        else Capability(
            support=Support.UNSUPPORTED,
            note="The series has the power of all chargers together.",
            alternatives=("native.get_historical_power_usage()",),
        ),
    }
    return Capabilities(features=features)
