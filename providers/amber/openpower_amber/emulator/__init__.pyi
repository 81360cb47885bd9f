from openpower_amber.emulator.app import Emulator as Emulator
from openpower_amber.emulator.limits import Quota as Quota
from openpower_amber.emulator.refusals import Refusal as Refusal
from openpower_amber.emulator.serving import ServedEmulator as ServedEmulator, serve as serve
from openpower_amber.emulator.site import EmulatedSite as EmulatedSite, Nameplate as Nameplate
