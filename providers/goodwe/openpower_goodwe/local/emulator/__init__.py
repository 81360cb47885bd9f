"""A GoodWe inverter on loopback, by UDP or Modbus TCP: over the simulated house, or from captured datagrams.

It answers the real requests of the library ``goodwe``, settings included, and loses datagrams on request.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
