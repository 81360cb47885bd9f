"""Amber Electric for openpower: its API, native and vendor-agnostic.

from openpower.amber import Amber, State

with Amber(token="…") as api:
    for site in api.list_sites():
        print(api.for_site(site["id"]).get_current_prices(previous=0, next=0))
    print(api.get_current_renewables(State.VICTORIA))
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
