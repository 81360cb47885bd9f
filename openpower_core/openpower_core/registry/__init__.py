"""How providers are found and loaded: by entry point, one at a time, and only when asked for."""

from openpower_core.registry._emulators import Emulation, Serve, emulator_of
from openpower_core.registry._providers import (
    ProviderInfo,
    load,
    providers,
    register,
    unregister,
)

__all__ = [
    "Emulation",
    "ProviderInfo",
    "Serve",
    "emulator_of",
    "load",
    "providers",
    "register",
    "unregister",
]
