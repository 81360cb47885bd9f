"""A GoodWe inverter on loopback, by UDP or Modbus TCP: over the simulated house, or from captured datagrams.

It answers the real requests of the library ``goodwe``, settings included, and loses datagrams on request.
"""

from __future__ import annotations

from openpower_goodwe.local.emulator.dt import EmulatedDT
from openpower_goodwe.local.emulator.frames import Request
from openpower_goodwe.local.emulator.hybrids import EmulatedES, EmulatedET
from openpower_goodwe.local.emulator.inverter import CapturedInverter, EmulatedInverter
from openpower_goodwe.local.emulator.server import Fault, FaultKind, Faults, RequestLog, ServedInverter, serve

__all__ = [
    "CapturedInverter",
    "EmulatedDT",
    "EmulatedES",
    "EmulatedET",
    "EmulatedInverter",
    "Fault",
    "FaultKind",
    "Faults",
    "Request",
    "RequestLog",
    "ServedInverter",
    "serve",
]
