"""What the command line prints as JSON: the same figures as on the screen, unrounded, ids whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.convert import unstructure

if TYPE_CHECKING:
    from openpower.cli.home import DeviceView, HomeView, PriceView

__all__ = ["device_data", "home_data"]


def home_data(provider: str, home: HomeView) -> dict[str, Any]:
    """The status of a home."""
    data: dict[str, Any] = {
        "provider": provider,
        "at": home.at.isoformat(),
        "tz": home.tz,
        "balance": unstructure(home.flows),
        "devices": [_reading_data(device) for device in home.devices],
    }
    if home.prices is not None:
        data["prices"] = _price_data(home.prices)
    return data


def device_data(device: Any) -> dict[str, Any]:
    """One device: who it is, and what it can do."""
    return {
        **unstructure(device.info),
        "capabilities": {
            feature.value: unstructure(capability)
            for feature, capability in sorted(device.capabilities.items())
        },
    }


def _reading_data(device: DeviceView) -> dict[str, Any]:
    data: dict[str, Any] = {"id": device.info.id, "role": device.info.role.value}
    if device.reading is not None:
        data["reading"] = unstructure(device.reading)
    if device.error is not None:
        data["error"] = {"type": type(device.error).__name__, "message": str(device.error)}
    return data


def _price_data(prices: PriceView) -> dict[str, Any]:
    if prices.error is not None:
        return {"error": {"type": type(prices.error).__name__, "message": str(prices.error)}}
    return {
        "now": [unstructure(price) for price in prices.now.values()],
        "ahead": [unstructure(price) for price in prices.ahead or ()],
    }
