from openpower_alphaess.emulator.app import Emulator as Emulator, SeenRequest as SeenRequest, serve as serve
from openpower_alphaess.emulator.envelope import Code as Code
from openpower_alphaess.emulator.gate import Mail as Mail, RateLimit as RateLimit
from openpower_alphaess.emulator.nameplate import Nameplate as Nameplate, Quirks as Quirks, Tariff as Tariff
from openpower_alphaess.emulator.system import (
    Charger as Charger,
    ChargerState as ChargerState,
    EmulatedSystem as EmulatedSystem,
)
