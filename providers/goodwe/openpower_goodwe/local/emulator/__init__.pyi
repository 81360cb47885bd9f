from openpower_goodwe.local.emulator.dt import EmulatedDT as EmulatedDT
from openpower_goodwe.local.emulator.faults import Fault as Fault, FaultKind as FaultKind, Faults as Faults
from openpower_goodwe.local.emulator.frames import ModbusRequest as ModbusRequest
from openpower_goodwe.local.emulator.hybrids import EmulatedES as EmulatedES, EmulatedET as EmulatedET
from openpower_goodwe.local.emulator.inverter import (
    CapturedInverter as CapturedInverter,
    EmulatedInverter as EmulatedInverter,
)
from openpower_goodwe.local.emulator.server import (
    RequestLog as RequestLog,
    ServedInverter as ServedInverter,
    serve as serve,
)
