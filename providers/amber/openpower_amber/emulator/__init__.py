"""Amber's API without an account: a real HTTP server on loopback over a simulated house and its market.

It needs the extra ``emulator``. All five endpoints are there, with what has been seen of the real ones: an
estimate that is confirmed 15 to 40 seconds into an interval, forecasts that are fine near and coarse far,
two counters of calls, 403 for a wrong token, plain text with 422, and today's usage missing.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
