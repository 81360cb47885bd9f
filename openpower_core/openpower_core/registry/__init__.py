"""How providers are found and loaded: by entry point, one at a time, and only when asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_EMULATORS = {"Emulation", "Serve", "emulator_of"}

if not TYPE_CHECKING:
    # On first use, since connecting needs none of the emulators.

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = "_emulators" if name in _EMULATORS else "_providers"
        value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
