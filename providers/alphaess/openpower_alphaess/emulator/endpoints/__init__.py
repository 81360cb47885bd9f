"""The 21 interfaces of the AlphaESS Open API, by name."""

from __future__ import annotations

from typing import Final

from openpower_alphaess.emulator.endpoints.binding import BINDING
from openpower_alphaess.emulator.endpoints.call import Call, Endpoint
from openpower_alphaess.emulator.endpoints.charging import CHARGING
from openpower_alphaess.emulator.endpoints.energy import ENERGY
from openpower_alphaess.emulator.endpoints.power import POWER
from openpower_alphaess.emulator.endpoints.settings import SETTINGS

__all__ = ["ENDPOINTS", "Call", "Endpoint"]

ENDPOINTS: Final = {endpoint.name: endpoint for endpoint in (*POWER, *ENERGY, *SETTINGS, *BINDING, *CHARGING)}
"""Every endpoint; a name that is not here is HTTP 404, another verb 405."""
