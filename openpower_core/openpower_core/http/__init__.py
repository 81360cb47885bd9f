"""The HTTP client of either flavour, by which every request of every provider leaves."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
