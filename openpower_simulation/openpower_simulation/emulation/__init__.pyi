from openpower_simulation.emulation._emulator import (
    Emulator as Emulator,
    Handler as Handler,
    HttpEmulator as HttpEmulator,
    Refusals as Refusals,
    ServedEmulator as ServedEmulator,
    clock_of as clock_of,
    command_line as command_line,
    serve_for as serve_for,
    server_of as server_of,
)
from openpower_simulation.emulation._faults import Fault as Fault, FaultKind as FaultKind, Faults as Faults
from openpower_simulation.emulation._server import LoopbackServer as LoopbackServer, Served as Served, serve as serve
