from openpower_octopus.emulator.app import Emulator as Emulator, Refusal as Refusal, serve as serve
from openpower_octopus.emulator.home import Home as Home
from openpower_simulation.emulation import ServedEmulator as ServedEmulator
