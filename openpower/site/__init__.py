"""A home that several vendors share: their devices together, and one look at everything."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
