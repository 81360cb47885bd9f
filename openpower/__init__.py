"""One typed Python API for every solar inverter, home battery, EV charger and electricity retailer.

    import openpower

    with openpower.connect("demo") as home:
        print(home.battery().read().soc_pct)

Names are looked up on first use, so that importing this costs next to nothing.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
