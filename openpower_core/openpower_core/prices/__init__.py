"""What electricity costs and cost: prices per channel, series of them, usage, and the grid's mix.

Money is :class:`~decimal.Decimal` in the major unit of an ISO 4217 currency per kWh, never rounded.
IMPORT and CONTROLLED_LOAD: + you pay. EXPORT: + you are paid. Intervals are half-open ``[start, end)``, UTC.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
