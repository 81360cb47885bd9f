"""GoodWe for openpower, in three ways: the Open API, SEMS+ and the local network.

======================  ===================  ==================================================
``connect(…)``          native class         for whom
======================  ===================  ==================================================
``"goodwe"``            `GoodWeOpenAPI`      organisations to which GoodWe gave the Open API
``"goodwe-sems"``       `SemsPlus`           any account of the SEMS+ app; unofficial
``"goodwe-local"``      `GoodWeLocal`        whoever is in the inverter's network
======================  ===================  ==================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpower_goodwe.local import AsyncGoodWeLocal, GoodWeLocal
    from openpower_goodwe.openapi._async.client import AsyncGoodWeOpenAPI
    from openpower_goodwe.openapi._sync.client import GoodWeOpenAPI
    from openpower_goodwe.semsplus._async.client import AsyncSemsPlus
    from openpower_goodwe.semsplus._sync.client import SemsPlus

__all__ = ["AsyncGoodWeLocal", "AsyncGoodWeOpenAPI", "AsyncSemsPlus", "GoodWeLocal", "GoodWeOpenAPI", "SemsPlus"]

_HOMES = {
    "AsyncGoodWeLocal": "openpower_goodwe.local",
    "AsyncGoodWeOpenAPI": "openpower_goodwe.openapi._async.client",
    "AsyncSemsPlus": "openpower_goodwe.semsplus._async.client",
    "GoodWeLocal": "openpower_goodwe.local",
    "GoodWeOpenAPI": "openpower_goodwe.openapi._sync.client",
    "SemsPlus": "openpower_goodwe.semsplus._sync.client",
}


def __getattr__(name: str) -> Any:
    # Resolved on first use: nobody pays for the ways that are not theirs.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
