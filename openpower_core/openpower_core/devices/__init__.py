"""The devices' protocols in both flavours, and what is told about a device."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
