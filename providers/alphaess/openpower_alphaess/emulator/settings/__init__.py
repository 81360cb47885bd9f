"""What can be set on an emulated system, by whom it was set, and what its inverter makes of it."""

from __future__ import annotations

from openpower_alphaess.emulator.settings.inverter import Inverter
from openpower_alphaess.emulator.settings.orders import Order
from openpower_alphaess.emulator.settings.store import Settings

__all__ = ["Inverter", "Order", "Settings"]
