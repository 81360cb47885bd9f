from openpower_goodwe.semsplus.emulator.app import Emulator as Emulator, serve as serve
from openpower_goodwe.semsplus.emulator.station import (
    EmulatedStation as EmulatedStation,
    Plate as Plate,
    Quirks as Quirks,
    Refusal as Refusal,
)
