"""The AlphaESS Open API without an account: a real HTTP server on loopback over a simulated house.

It needs the extra ``emulator``. Quirks included: see :class:`Quirks` for those that can be chosen.
"""

from __future__ import annotations

from openpower_alphaess.emulator.app import Emulator, SeenRequest, serve
from openpower_alphaess.emulator.envelope import Code
from openpower_alphaess.emulator.gate import Mail, RateLimit
from openpower_alphaess.emulator.nameplate import Nameplate, Quirks, Tariff
from openpower_alphaess.emulator.system import Charger, ChargerState, EmulatedSystem

__all__ = [
    "Charger",
    "ChargerState",
    "Code",
    "EmulatedSystem",
    "Emulator",
    "Mail",
    "Nameplate",
    "Quirks",
    "RateLimit",
    "SeenRequest",
    "Tariff",
    "serve",
]
