"""Neither the token nor a whole site or meter id gets into a log, a message or a repr."""

from __future__ import annotations

import logging
import traceback
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from openpower_amber.emulator import Emulator, Nameplate, serve
from openpower_amber.emulator.endpoints import INTERNAL, Refusal
from openpower_core.errors import OpenPowerError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TOKEN = "psk_canary00000000000000000000c4na7y"
SITE = "01CANARYS1TE00000000000001"
NMI = "31004200421"


async def test_nothing_tells_them(flavour: Any, clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Through a whole session with every kind of failure, all that is logged and shown is looked at."""
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    emulator = Emulator([Nameplate(id=SITE, nmi=NMI)], clock=clock, token=TOKEN)

    async def fails(call: Callable[[], Awaitable[Any]]) -> None:
        with pytest.raises(OpenPowerError) as caught:
            await flavour.ok(call())
        error = caught.value
        shown.extend((repr(error), str(error), str(error.vendor_message), str(error.hint)))
        shown.extend(traceback.format_exception(error))

    with serve(emulator) as served:
        home = flavour.connect(token=TOKEN, base_url=served.url)
        retailer = await flavour.ok(home.retailer())
        api = retailer.native
        shown += [repr(home), repr(retailer), repr(api), repr(await flavour.ok(api.list_sites()))]
        shown.append(repr(await flavour.ok(retailer.current_price())))
        emulator.refuse(INTERNAL, times=3)
        await fails(api.get_current_prices)
        emulator.refuse(Refusal(403, f"{TOKEN} may not see {SITE} at {NMI}"))
        await fails(api.get_current_prices)
        emulator.refuse(Refusal(422, f"{TOKEN} {SITE}", plain=True))
        await fails(lambda: api.get_usage(date(2026, 8, 1), date(2026, 8, 1)))
        emulator.faults.add("reset", times=3)
        await fails(api.list_sites)
        await fails(lambda: api.get_current_prices(site=f"{SITE[:-1]}9"))
        await fails(lambda: home.retailer(f"{SITE[:-1]}9"))
        await flavour.close(home)

    shown += [record.getMessage() for record in caplog.records if _ours(record)]
    text = "\n".join(shown)
    assert len(caplog.records) > 5
    for secret in (TOKEN, SITE, NMI, f"{SITE[:-1]}9"):
        assert secret not in text


def _ours(record: logging.LogRecord) -> bool:
    return not record.name.startswith(("asyncio", "httpcore"))
