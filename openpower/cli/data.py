"""What the command line prints as JSON: the same figures as on the screen, unrounded, ids whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.convert import unstructure

if TYPE_CHECKING:
    from openpower.cli.home import HomeView
    from openpower.site import Failure

__all__ = ["device_data", "home_data"]


def home_data(home: HomeView) -> dict[str, Any]:
    """The status of a home."""
    snapshot = home.snapshot
    return {
        "name": home.name,
        "at": unstructure(home.at),
        "tz": home.tz,
        "balance": unstructure(snapshot.balance),
        "cost_per_minute": unstructure(snapshot.cost_per_minute),
        "currency": snapshot.currency,
        "devices": [
            {"id": device.id, "role": device.role.value, "reading": unstructure(snapshot.readings[device.id])}
            for device in home.devices
            if device.id in snapshot.readings
        ],
        "prices": [unstructure(price) for price in snapshot.prices.values()],
        "ahead": [unstructure(price) for price in home.ahead or ()],
        "failures": [_failure_data(failure) for failure in snapshot.failures],
    }


def device_data(device: Any) -> dict[str, Any]:
    """One device: who it is, and what it can do."""
    return {
        **unstructure(device.info),
        "capabilities": {
            feature.value: unstructure(capability) for feature, capability in sorted(device.capabilities.items())
        },
    }


def _failure_data(failure: Failure) -> dict[str, Any]:
    return {
        "provider": failure.provider,
        "device": failure.device.id if failure.device else None,
        "type": type(failure.error).__name__,
        "message": str(failure.error),
    }
