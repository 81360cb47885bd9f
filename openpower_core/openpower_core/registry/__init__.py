"""How providers are found and loaded: by entry point, one at a time, and only when asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_core.registry._emulators import Emulation, Serve, emulator_of
    from openpower_core.registry._providers import ProviderInfo, load, providers, register, unregister
    from openpower_core.registry.hooks import HOOKS

__all__ = ["HOOKS", "Emulation", "ProviderInfo", "Serve", "emulator_of", "load", "providers", "register", "unregister"]

_HOMES = {"Emulation": "_emulators", "HOOKS": "hooks", "Serve": "_emulators", "emulator_of": "_emulators"}

if not TYPE_CHECKING:
    # On first use, since connecting needs none of the emulators.

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = _HOMES.get(name, "_providers")
        value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
