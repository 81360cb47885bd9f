"""AlphaESS for openpower: the Open API, native and vendor-agnostic.

from openpower.alphaess import AlphaESS

with AlphaESS(app_id="…", app_secret="…") as api:
    for system in api.list_systems():
        print(api.for_device(system["sysSn"]).get_realtime_power_usage()["pgrid"])
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
