"""The AlphaESS Open API without an account: a real HTTP server on loopback over a simulated house.

It needs the extra ``emulator``. Quirks included: see :class:`Quirks` for those that can be chosen.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
