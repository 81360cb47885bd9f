"""The settings, one row each, which openpower's write pipeline reads, plans, sends and reads back."""

from __future__ import annotations

from openpower_core.provider import AsyncSetting

from openpower_acme._async.client import AsyncAcme
from openpower_acme.mapping import LIMITS


def reserve(api: AsyncAcme) -> AsyncSetting[int]:
    """The battery's reserve; Acme takes steps of 5 %."""

    async def read() -> int:
        return (await api.get_settings()).reserve

    async def write(percentage: int) -> None:
        await api.set_settings(reserve=percentage)

    return AsyncSetting(
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
