"""Acme for openpower: the native client in both flavours, loaded when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._async import AsyncAcme
    from ._sync import Acme

__all__ = ["Acme", "AsyncAcme"]

_HOMES = {"Acme": "_sync", "AsyncAcme": "_async"}


def __getattr__(name: str) -> Any:
    # Listings import the plugin, and with it this package: nothing heavy may come along.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
