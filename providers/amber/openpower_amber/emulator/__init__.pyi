from openpower_amber.emulator.app import Emulator as Emulator, Quota as Quota, serve as serve
from openpower_amber.emulator.endpoints import Refusal as Refusal
from openpower_amber.emulator.site import EmulatedSite as EmulatedSite, Nameplate as Nameplate
from openpower_simulation.emulation import ServedEmulator as ServedEmulator
