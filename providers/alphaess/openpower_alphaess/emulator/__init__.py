"""The AlphaESS Open API without an account: a real HTTP server on loopback over a simulated house.

It needs the extra ``emulator``. Quirks included: see :class:`Quirks` for those that can be chosen.
"""

from __future__ import annotations

from openpower_alphaess.emulator.account import Mail
from openpower_alphaess.emulator.app import Emulator
from openpower_alphaess.emulator.chargers import Charger, ChargerState
from openpower_alphaess.emulator.codes import Code
from openpower_alphaess.emulator.journal import SeenRequest
from openpower_alphaess.emulator.limits import RateLimit
from openpower_alphaess.emulator.nameplate import Nameplate, Tariff
from openpower_alphaess.emulator.quirks import Quirks
from openpower_alphaess.emulator.serving import serve
from openpower_alphaess.emulator.system import EmulatedSystem

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
