# Generated from control.py by openpower_testing; do not edit.
"""The settings, one row each, which openpower's write pipeline reads, plans, sends and reads back."""

from openpower_core.provider import Setting

from openpower_acme._sync.client import Acme
from openpower_acme.mapping import LIMITS


def reserve(api: Acme) -> Setting[int]:
    """The battery's reserve; Acme takes steps of 5 %."""

    def read() -> int:
        return api.get_settings().reserve

    return Setting(
        "reserve_soc_pct", read=read, write=api.set_reserve, kind=int, step=5, high=100, unit="%", limits=LIMITS
    )
