"""Acme for openpower: the native client in both flavours, loaded when it is first used."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
