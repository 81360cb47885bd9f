"""The settings, one row each, which openpower's write pipeline reads, plans, sends and reads back."""

from openpower_core.provider import AsyncSetting

from openpower_acme._async.client import AsyncAcme
from openpower_acme.mapping import LIMITS


def reserve(api: AsyncAcme) -> AsyncSetting[int]:
    """The battery's reserve; Acme takes steps of 5 %."""

    async def read() -> int:
        return (await api.get_settings()).reserve

    return AsyncSetting(
        "reserve_soc_pct", read=read, write=api.set_reserve, kind=int, step=5, high=100, unit="%", limits=LIMITS
    )
