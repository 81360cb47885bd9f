"""How providers are found and loaded: by entry point, one at a time, and only when requested."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
