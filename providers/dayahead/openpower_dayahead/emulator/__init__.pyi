from openpower_dayahead.emulator.app import Emulator as Emulator, serve as serve
from openpower_simulation.emulation import ServedEmulator as ServedEmulator
