"""The library's sensors in openpower's vocabulary: readings, device information and capabilities."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
