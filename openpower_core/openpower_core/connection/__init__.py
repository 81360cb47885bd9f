"""Connections: what ``connect`` gives, what it hands to providers, and the fetches that devices share."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
