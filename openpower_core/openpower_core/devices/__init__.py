"""The devices' protocols in both flavours, and the facts about a device."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
