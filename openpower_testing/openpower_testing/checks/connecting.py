"""Connecting: nothing is asked too early, wrong credentials are told, and nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from openpower_core.errors import AuthError, NetworkError, OpenPowerError, RequestError, Timeout
from openpower_testing.checks._looking import look
from openpower_testing.checks._registry import check

if TYPE_CHECKING:
    from openpower_testing.harness import Harness

__all__ = [
    "asks_nothing_yet",
    "bad_credentials",
    "closes_twice",
    "finds_devices",
    "leaves_nothing_open",
    "nobody_there",
]

_WRONG: Final = "c0ffee-wrong-credential"
_CLOSED_WITHIN_S: Final = 3.0


@check()
async def asks_nothing_yet(harness: Harness) -> None:
    """Connecting asks the vendor nothing."""
    before = harness.sent()
    harness.connect()
    if harness.sent() != before:
        harness.fail("connect() sent a request.", "Factories do no I/O: ask in discover(), or on first use.")


@check(live=True)
async def finds_devices(harness: Harness) -> None:
    """There are devices, of the roles that the specification names, each with an id of its own."""
    spec, devices = harness.enrolled.spec, await harness.devices()
    if not devices:
        harness.fail("discover() found no device in the home that it is tried on.")
    ids = [device.info.id for device in devices]
    if len(set(ids)) != len(ids):
        harness.fail(f"Two devices share an id: {ids}.", "An id is <serial>/<role>.")
    for device in devices:
        info = device.info
        if info.id != f"{info.serial}/{info.role}":
            harness.fail(f"The id {info.id!r} is not <serial>/<role>.")
        if info.role not in spec.roles:
            harness.fail(f"The specification does not name the role {str(info.role)!r}.")
        if info.provider != spec.name:
            harness.fail(f"{info.id} says that its provider is {info.provider!r}, not {spec.name!r}.")
        if info.tz is not None:
            ZoneInfo(info.tz)
    again = [device.info.id for device in await harness.ok(harness.home.devices(refresh=True))]
    if not set(ids) <= set(again):
        harness.fail(f"Asked again, it finds other devices: {ids}, then {again}.")


@check()
async def bad_credentials(harness: Harness) -> None:
    """Credentials that the vendor refuses are an AuthError, which does not show them."""
    secrets = harness.secrets()
    if not secrets:
        harness.skip("the provider takes no secret")
    for name in secrets:
        connection = harness.connect(**{name: _WRONG})
        try:
            await look(harness, connection)
        except AuthError as error:
            if _WRONG in f"{error!r} {error} {error.__dict__}":
                harness.fail(f"The error about a wrong {name} shows it.", "Leave secrets out.")
        except OpenPowerError as error:
            harness.fail(
                f"A wrong {name} is {type(error).__name__} ({error}), not an AuthError.",
                "Map the vendor's refusal to AuthenticationFailed.",
            )
        else:
            harness.fail(f"A wrong {name} is accepted, or its refusal overlooked.")


@check()
async def nobody_there(harness: Harness) -> None:
    """A host that refuses connections is a NetworkError."""
    if not harness.has_relay:
        harness.skip("it does not speak HTTP, so there is no address to change")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    try:
        await look(harness, harness.connect(base_url=f"http://127.0.0.1:{port}"))
    except (NetworkError, Timeout):
        return
    harness.fail("Nobody listens, and it found devices all the same.", "Do not swallow errors.")


@check(live=True)
async def closes_twice(harness: Harness) -> None:
    """Closing twice does no harm, and after it a call raises a RequestError that says so."""
    connection = harness.connect()
    await harness.devices(connection)
    await harness.close(connection)
    await harness.close(connection)
    try:
        await harness.ok(connection.devices(refresh=True))
    except RequestError:
        return
    harness.fail("A closed connection still answers.")


@check()
async def leaves_nothing_open(harness: Harness) -> None:
    """A closed connection leaves no socket, thread or task."""
    before = _alive()
    connection = harness.connect()
    await look(harness, connection)
    await harness.close(connection)
    del connection
    gc.collect()
    left: set[Any] = set()
    for _ in range(int(_CLOSED_WITHIN_S / 0.02)):
        left = {each for each in _alive() - before if not _is_the_kits(each)}
        if not left and not (harness.has_relay and harness.relay.connections):
            return
        await asyncio.sleep(0.02)
    if left:
        harness.fail(f"A closed connection leaves {', '.join(map(repr, left))}.")
    harness.fail(
        f"A closed connection leaves {harness.relay.connections} socket(s) open.",
        "Close the HTTP client in the backend's aclose() (close() in the blocking flavour).",
    )


def _alive() -> set[Any]:
    return {*threading.enumerate(), *asyncio.all_tasks()}


def _is_the_kits(each: Any) -> bool:
    name = getattr(each, "name", "")
    target = repr(getattr(each, "_target", ""))
    return name.startswith(("asyncio_", "fault-server")) or "FaultServer" in target or "Relay" in target
