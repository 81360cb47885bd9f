from openpower_core.registry._emulators import Emulation as Emulation, Serve as Serve, emulator_of as emulator_of
from openpower_core.registry._providers import (
    ProviderInfo as ProviderInfo,
    load as load,
    providers as providers,
    register as register,
    unregister as unregister,
)
from openpower_core.registry.hooks import HOOKS as HOOKS
