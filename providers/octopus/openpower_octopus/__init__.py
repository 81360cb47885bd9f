"""Octopus Energy (Great Britain) for openpower: its API, native and vendor-agnostic.

from openpower.octopus import Octopus

with Octopus() as api:  # products and prices need no key
    for rate in api.get_unit_rates("E-1R-AGILE-24-10-01-C", datetime.now(UTC)):
        print(rate.valid_from, rate.value_inc_vat, "p/kWh")
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
