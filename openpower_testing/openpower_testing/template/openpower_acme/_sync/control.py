# Generated from control.py by openpower_testing; do not edit.
"""The settings, one row each, which openpower's write pipeline reads, plans, sends and reads back."""

from __future__ import annotations

from openpower_core.provider import Setting

from openpower_acme._sync.client import Acme
from openpower_acme.mapping import LIMITS


def reserve(api: Acme) -> Setting[int]:
    """The battery's reserve; Acme takes steps of 5 %."""

    def read() -> int:
        return api.get_settings().reserve

    def write(percentage: int) -> None:
        api.set_settings(reserve=percentage)

    return Setting(
        "reserve",
        read=read,
        write=write,
        kind=int,
        field="reserve_soc_pct",
        step=5,
        high=100,
        unit="%",
        method="set_settings",
        argument="reserve",
        limits=LIMITS,
    )
