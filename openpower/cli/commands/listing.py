"""``openpower providers`` and ``openpower devices``: what there is, and what it can do."""

from __future__ import annotations

import openpower
from openpower.cli.data import device_data
from openpower.cli.output import print_json
from openpower.cli.tables import show_table
from openpower.cli.target import PLAIN, Common, connect_to
from openpower_core.capabilities import Support

__all__ = ["devices", "providers"]


def providers(*, json: bool = False) -> None:
    """List the installed providers.

    Args:
        json: print JSON.
    """
    found = openpower.providers()
    if json:
        print_json(
            {
                "providers": [
                    {"name": each.name, "distribution": each.distribution, "version": each.version} for each in found
                ]
            }
        )
        return
    rows = [(each.name, each.distribution or "–", each.version or "–") for each in found]
    show_table(("name", "distribution", "version"), rows)


def devices(name: str | None = None, /, *, common: Common = PLAIN) -> None:
    """List a home's devices and what each can do.

    Args:
        name: a profile or a provider (default: the only profile).
    """
    target, connection = connect_to(name, common)
    with connection:
        found = connection.devices()
    if common.json:
        print_json({"name": target.name, "devices": [device_data(device) for device in found]})
        return
    rows = [(device.info.id, device.info.model or "–", _abilities(device.capabilities)) for device in found]
    show_table(("id", "model", "can"), rows)


_MARKS = {Support.EMULATED: "~", Support.CONDITIONAL: "?", Support.UNKNOWN: "?"}
"""After a feature's name: ``~`` is reached by other means, ``?`` depends on conditions."""


def _abilities(capabilities: openpower.Capabilities) -> str:
    return ", ".join(
        f"{feature.value}{_MARKS.get(capability.support, '')}"
        for feature, capability in capabilities.items()
        if capability
    )
