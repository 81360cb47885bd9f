"""Octopus's API without an account: a real HTTP server on loopback over a simulated house and its market.

It needs the extra ``emulator``. It has what is known of the real one: rows newest first, two of a period that differ in the
payment method, local offsets in consumption and one interval too many, private products that are unknown without a key, prices
of the next day from 16:00, GraphQL errors in HTTP 200.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
