"""A retailer from a document: fixed, time-of-use and tiered tariffs, so that every home has prices.

>>> from openpower_core.connection import connect
>>> flat = {"name": "Flat", "currency": "EUR", "tz": "Europe/Berlin", "import": {"price": 0.3996}}
>>> with connect("tariff", document=flat) as home:
...     home.retailer().current_price().per_kwh
Decimal('0.3996')
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
