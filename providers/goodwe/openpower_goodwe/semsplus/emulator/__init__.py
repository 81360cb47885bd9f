"""SEMS+ without an account: a real HTTP server on loopback over a simulated house (extra ``emulator``)."""

from __future__ import annotations

from openpower_goodwe.semsplus.emulator.app import Emulator, serve
from openpower_goodwe.semsplus.emulator.station import EmulatedStation, Plate, Quirks, Refusal

__all__ = ["EmulatedStation", "Emulator", "Plate", "Quirks", "Refusal", "serve"]
