"""What the emulators of vendors' APIs share: answering HTTP, being served on loopback, failing on request.

It needs the extra ``emulator``. An emulator derives :class:`HttpEmulator`, and offers ``serve = server_of(Emulator)``.
"""

from __future__ import annotations

from openpower_simulation.emulation._emulator import (
    Emulator,
    Handler,
    HttpEmulator,
    Refusals,
    ServedEmulator,
    clock_of,
    command_line,
    serve_for,
    server_of,
)
from openpower_simulation.emulation._faults import Fault, FaultKind, Faults
from openpower_simulation.emulation._server import LoopThread, Served, serve

__all__ = [
    "Emulator",
    "Fault",
    "FaultKind",
    "Faults",
    "Handler",
    "HttpEmulator",
    "LoopThread",
    "Refusals",
    "Served",
    "ServedEmulator",
    "clock_of",
    "command_line",
    "serve",
    "serve_for",
    "server_of",
]
