"""European day-ahead prices for openpower: the sources' own APIs, and a vendor-agnostic retailer with your charges and tax.

from openpower.dayahead import DayAhead

with DayAhead("DE-LU") as api:
    for document in api.get_prices("2026-08-04"):
        print(document["price"], document["license_info"])
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
