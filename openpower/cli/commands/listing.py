"""``openpower providers`` and ``openpower devices``: what there is, and what it can do."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

import openpower
from openpower.cli.data import device_data
from openpower.cli.options import Options, provider_options
from openpower.cli.screen import print_json, show_table
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
                    {"name": each.name, "distribution": each.distribution, "version": each.version}
                    for each in found
                ]
            }
        )
        return
    rows = [(each.name, each.distribution or "–", each.version or "–") for each in found]
    show_table(("name", "distribution", "version"), rows)


def devices(
    name: str,
    /,
    *,
    option: Annotated[Options, Parameter(name=["--option", "-o"])] = (),
    json: bool = False,
) -> None:
    """List a provider's devices and what each can do.

    Args:
        name: the provider, such as alphaess; credentials come from the environment.
        option: an option of the provider, such as -o tz=Europe/Berlin (may be repeated).
        json: print JSON.
    """
    with openpower.connect(name, **provider_options(name, option)) as connection:
        found = connection.devices()
    if json:
        print_json({"provider": name, "devices": [device_data(device) for device in found]})
        return
    rows = [
        (device.info.id, device.info.model or "–", _abilities(device.capabilities))
        for device in found
    ]
    show_table(("id", "model", "can"), rows)


_MARKS = {Support.EMULATED: "~", Support.CONDITIONAL: "?", Support.UNKNOWN: "?"}
"""After a feature's name: ``~`` is reached by other means, ``?`` depends on conditions."""


def _abilities(capabilities: openpower.Capabilities) -> str:
    return ", ".join(
        f"{feature.value}{_MARKS.get(capability.support, '')}"
        for feature, capability in capabilities.items()
        if capability
    )
