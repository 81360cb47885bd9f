"""A connection finds its devices once, returns the right one, and closes once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openpower_core.connection import connect, connect_async
from openpower_core.errors import AmbiguousDevice, DeviceNotFound, IncompatibleProvider, RequestError
from openpower_core.provider import ProviderSpec


async def test_devices_are_discovered_once(flavour: Any, settle: Any) -> None:
    """Until a refresh is requested; connecting alone requests nothing."""
    home = flavour.home()
    before = home.native.discoveries
    first = await settle(home.devices())
    again = await settle(home.devices())
    refreshed = await settle(home.devices(refresh=True))

    assert before == 0
    assert first == again
    assert refreshed != first
    assert home.native.discoveries == 2


async def test_the_list_that_is_given_out_is_the_callers_own(flavour: Any, settle: Any) -> None:
    """Emptying it takes nothing from the connection."""
    home = flavour.home()
    (await settle(home.devices())).clear()

    assert len(await settle(home.devices())) == 3


async def test_discovery_is_shared_by_those_who_ask_together() -> None:
    """Two tasks, one question to the vendor."""
    home = connect_async(ProviderSpec(name="acme", connect_async=_slow))
    await asyncio.gather(home.devices(), home.batteries(), home.meters())

    assert home.native.discoveries == 1


def _slow(context: Any) -> Any:
    class Slow:
        discoveries = 0

        @property
        def native(self) -> Slow:
            return self

        async def discover(self) -> list[Any]:
            self.discoveries += 1
            await asyncio.sleep(0)
            return []

        async def aclose(self) -> None: ...

    return Slow()


async def test_each_role_has_its_list(flavour: Any, settle: Any) -> None:
    """Roles that the home has not are empty lists."""
    home = flavour.home()

    assert len(await settle(home.batteries())) == 2
    assert len(await settle(home.meters())) == 1
    assert await settle(home.inverters()) == []
    assert await settle(home.ev_chargers()) == []
    assert await settle(home.retailers()) == []


async def test_the_only_one_needs_no_id(flavour: Any, settle: Any) -> None:
    """There is one meter."""
    meter = await settle(flavour.home().meter())

    assert meter.info.id == "M1/meter"


@pytest.mark.parametrize("id_", ["AL70110230300002/battery", "AL70110230300002", "AL…0002/battery", "AL…0002"])
async def test_a_device_is_found_by_every_form_of_its_id(flavour: Any, settle: Any, id_: str) -> None:
    """Whole, as a serial number, and masked as messages show it."""
    battery = await settle(flavour.home().battery(id_))

    assert battery.info.id == "AL70110230300002/battery"


async def test_several_are_ambiguous_and_listed_masked(flavour: Any, settle: Any) -> None:
    """The message helps and does not give serial numbers away."""
    with pytest.raises(AmbiguousDevice, match="AL…0001/battery, AL…0002/battery") as caught:
        await settle(flavour.home().battery())
    assert "AL70110230300001" not in str(caught.value)


async def test_an_unknown_id_lists_what_there_is(flavour: Any, settle: Any) -> None:
    """The error has the requested id, unmasked."""
    with pytest.raises(DeviceNotFound, match="there are AL…0001/battery") as caught:
        await settle(flavour.home().battery("AL70110230309999"))
    assert caught.value.device_id == "AL70110230309999"
    assert "AL70110230309999" not in str(caught.value)


async def test_a_role_that_is_not_there_says_so(flavour: Any, settle: Any) -> None:
    """Asking for the retailer of a battery account is a plain error."""
    with pytest.raises(DeviceNotFound, match="no retailer"):
        await settle(flavour.home().retailer())


async def test_closing_twice_closes_once(flavour: Any) -> None:
    """A second close does nothing."""
    home = flavour.home()
    await flavour.close(home)
    await flavour.close(home)

    assert home.closed
    assert home.native.closes == 1


async def test_a_closed_connection_says_so(flavour: Any, settle: Any) -> None:
    """Also to those who know their devices already."""
    home = flavour.home()
    await settle(home.devices())
    await flavour.close(home)

    with pytest.raises(RequestError, match="is closed"):
        await settle(home.devices())


def test_the_context_manager_closes() -> None:
    """However the block ends."""
    home = connect(ProviderSpec(name="acme", connect=_sync_backend))
    with pytest.raises(ZeroDivisionError), home:
        raise ZeroDivisionError

    assert home.closed


def _sync_backend(context: Any) -> Any:
    class Backend:
        native = "native"

        def discover(self) -> list[Any]:
            return []

        def close(self) -> None: ...

    return Backend()


async def test_the_asynchronous_context_manager_closes(flavour: Any) -> None:
    """The same for asyncio."""
    home = connect_async(ProviderSpec(name="acme", connect_async=_slow))
    async with home as same:
        assert same is home

    assert home.closed


def test_a_provider_of_one_flavour_says_which() -> None:
    """The hint names the call that works."""
    with pytest.raises(IncompatibleProvider, match=r"only the synchronous flavour.*connect\('acme'"):
        connect_async(ProviderSpec(name="acme", connect=_sync_backend))
    with pytest.raises(IncompatibleProvider, match=r"only the asynchronous flavour.*connect_async"):
        connect(ProviderSpec(name="acme", connect_async=_slow))


def test_repr_shows_provider_and_state(flavour: Any) -> None:
    """And nothing that is secret."""
    home = flavour.home(app_secret="hunter2")

    assert "acme-cloud (open)" in repr(home)
    assert "hunter2" not in repr(home)
    assert "hunter2" not in repr(home.native.context)
