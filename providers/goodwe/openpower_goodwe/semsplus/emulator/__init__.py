"""SEMS+ without an account: a real HTTP server on loopback over a simulated house (extra ``emulator``)."""

from __future__ import annotations

from openpower_goodwe.semsplus.emulator.app import Emulator
from openpower_goodwe.semsplus.emulator.quirks import Plate, Quirks
from openpower_goodwe.semsplus.emulator.serving import serve
from openpower_goodwe.semsplus.emulator.sessions import Refusal
from openpower_goodwe.semsplus.emulator.station import EmulatedStation

__all__ = ["EmulatedStation", "Emulator", "Plate", "Quirks", "Refusal", "serve"]
