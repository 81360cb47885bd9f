"""Acme's specification, with the healthy behaviour or another one."""

from __future__ import annotations

from functools import partial
from typing import Any

from openpower_core.provider import Credential, ProviderSpec, Role


def make_spec(behaviour: Any = None, **changes: Any) -> ProviderSpec:
    """Acme with the given behaviour; its modules are imported on connecting."""
    usual: dict[str, Any] = {
        "name": "acme",
        "title": "Acme Power",
        "roles": (Role.INVERTER, Role.BATTERY, Role.METER, Role.RETAILER),
        "credentials": (Credential("token", where="https://acme.example/settings"),),
        "connect": partial(_connect, behaviour),
        "connect_async": partial(_connect_async, behaviour),
    }
    return ProviderSpec(**{**usual, **changes})


def _connect(behaviour: Any, context: Any, **credentials: Any) -> Any:
    from acme_power._sync import connect

    return connect(context, behaviour=behaviour and behaviour(), **credentials)


def _connect_async(behaviour: Any, context: Any, **credentials: Any) -> Any:
    from acme_power._async import connect

    return connect(context, behaviour=behaviour and behaviour(), **credentials)
