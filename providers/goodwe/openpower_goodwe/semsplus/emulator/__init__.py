"""SEMS+ without an account: a real HTTP server on loopback over a simulated house (extra ``emulator``)."""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
