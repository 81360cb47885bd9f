from openpower_core.registry.hooks import HOOKS as HOOKS
from openpower_core.registry.loading import (
    Emulation as Emulation,
    ProviderInfo as ProviderInfo,
    Serve as Serve,
    behaviour_of as behaviour_of,
    discovery_of as discovery_of,
    emulator_of as emulator_of,
    installed as installed,
    load as load,
    providers as providers,
    register as register,
    unregister as unregister,
)
