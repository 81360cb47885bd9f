"""Neither the key nor a token, an account, a meter point, a meter or an address gets into a log, a message or a repr."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from openpower_core.errors import OpenPowerError
from openpower_octopus.emulator import Emulator, Home, Refusal, serve
from openpower_octopus.emulator.app import TOKEN
from tests.octopus.conftest import NOW

KEY = "sk_live_canary0000000000000000c4na7y"
NUMBER, MPAN, MPRN, SERIAL, GAS = "A-CAFE1234", "1234567890123", "9876543210", "Z1234X", "G4P00012345678"
PRIVATE = (KEY, TOKEN, NUMBER, MPAN, MPRN, SERIAL, GAS, "ZZ1 1ZZ", base64.b64encode(f"{KEY}:".encode()).decode())


async def test_nothing_tells_them(flavour: Any, clock: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Through a whole session with every kind of failure, all that is logged and shown is looked at."""
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    home = evolve(Home(), number=NUMBER, mpan=MPAN, mprn=MPRN, serials=("00L0000001", SERIAL), gas_serial=GAS)
    emulator = Emulator(evolve(home, tariff="E-1R-INTELLI-VAR-22-10-14-C"), clock=clock, key=KEY)

    async def fails(call: Callable[[], Awaitable[Any]]) -> None:
        with pytest.raises(OpenPowerError) as caught:
            await flavour.ok(call())
        error = caught.value
        shown.extend((repr(error), str(error), str(error.vendor_message), str(error.hint)))
        shown.extend(traceback.format_exception(error))

    with serve(emulator) as served:
        connection = flavour.connect(**served.options)
        retailers = await flavour.ok(connection.retailers())
        api = connection.native
        shown += [repr(each) for each in (connection, *retailers, api, await flavour.ok(api.get_account()))]
        for retailer in retailers:
            shown.append(repr(await flavour.ok(retailer.current_price())))
            shown.append(repr(await flavour.ok(retailer.usage(NOW - timedelta(days=2), NOW - timedelta(days=1)))))
        echo = f"{KEY} {TOKEN} {NUMBER} {MPAN} {SERIAL}"
        emulator.refuse(Refusal(400, {"period_from": [echo]}))
        await fails(lambda: api.get_consumption(MPAN, SERIAL))
        emulator.refuse(Refusal(404, {"detail": echo}))
        await fails(lambda: api.get_consumption(MPRN, GAS, fuel="gas"))
        emulator.refuse(Refusal.graphql("KT-CT-1111", echo, "devices"))
        await fails(api.get_devices)
        emulator.faults.add("reset", times=3)
        await fails(lambda: api.get_consumption(MPAN, SERIAL))
        await fails(lambda: connection.retailer(f"{MPRN}1"))
        emulator.refuse(Refusal(401, {"detail": echo}))
        await fails(api.get_account)
        await flavour.close(connection)

    shown += [
        record.getMessage() for record in caplog.records if not record.name.startswith(("asyncio", "httpcore", "httpx"))
    ]
    text = "\n".join(shown)
    assert len(caplog.records) > 10
    for secret in PRIVATE:
        assert secret not in text


async def test_the_key_goes_only_where_it_is_needed(flavour: Any, service: Any) -> None:
    """Public prices are asked for without it; the account as the user of Basic, with an empty password."""
    import httpx

    service.answers |= {
        "/standard-unit-rates/": [],
        "/accounts/A-00000001/": {"number": "A-00000001", "properties": []},
    }
    api = flavour.client(KEY, "A-00000001", transport=httpx.MockTransport(service))

    await flavour.ok(api.get_unit_rates("E-1R-AGILE-24-10-01-C"))
    await flavour.ok(api.get_account())

    assert "authorization" not in service.requests[0].headers
    assert base64.b64decode(service.requests[1].headers["authorization"].removeprefix("Basic ")) == f"{KEY}:".encode()
