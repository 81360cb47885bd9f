"""Serving a vendor's emulator on loopback, and making its answers fail on request (extra ``emulator``)."""

from __future__ import annotations

from openpower_simulation.emulation._command import clock_of, command_line, serve_for
from openpower_simulation.emulation._faults import Fault, FaultKind, Faults
from openpower_simulation.emulation._server import Served, serve
from openpower_simulation.emulation._vendors import Emulator, ServedEmulator

__all__ = [
    "Emulator",
    "Fault",
    "FaultKind",
    "Faults",
    "Served",
    "ServedEmulator",
    "clock_of",
    "command_line",
    "serve",
    "serve_for",
]
