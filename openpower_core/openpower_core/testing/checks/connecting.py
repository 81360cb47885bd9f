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
from openpower_core.testing.checks._looking import look
from openpower_core.testing.checks._registry import check

if TYPE_CHECKING:
    from openpower_core.testing.bench import Bench

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
async def asks_nothing_yet(bench: Bench) -> None:
    """Connecting asks the vendor nothing."""
    before = bench.sent()
    bench.connect()
    if bench.sent() != before:
        bench.fail(
            "connect() sent a request.", "Factories do no I/O: ask in discover(), or on first use."
        )


@check(live=True)
async def finds_devices(bench: Bench) -> None:
    """There are devices, of the roles that the specification names, each with an id of its own."""
    spec, devices = bench.enrolled.spec, await bench.devices()
    if not devices:
        bench.fail("discover() found no device in the home that it is tried on.")
    ids = [device.info.id for device in devices]
    if len(set(ids)) != len(ids):
        bench.fail(f"Two devices share an id: {ids}.", "An id is <serial>/<role>.")
    for device in devices:
        info = device.info
        if info.id != f"{info.serial}/{info.role}":
            bench.fail(f"The id {info.id!r} is not <serial>/<role>.")
        if info.role not in spec.roles:
            bench.fail(f"The specification does not name the role {str(info.role)!r}.")
        if info.provider != spec.name:
            bench.fail(f"{info.id} says that its provider is {info.provider!r}, not {spec.name!r}.")
        if info.tz is not None:
            ZoneInfo(info.tz)
    again = [device.info.id for device in await bench.ok(bench.home.devices(refresh=True))]
    if not set(ids) <= set(again):
        bench.fail(f"Asked again, it finds other devices: {ids}, then {again}.")


@check()
async def bad_credentials(bench: Bench) -> None:
    """Credentials that the vendor refuses are an AuthError, which does not show them."""
    secrets = bench.secrets()
    if not secrets:
        bench.skip("the provider takes no secret")
    for name in secrets:
        connection = bench.connect(**{name: _WRONG})
        try:
            await look(bench, connection)
        except AuthError as error:
            if _WRONG in f"{error!r} {error} {error.__dict__}":
                bench.fail(f"The error about a wrong {name} shows it.", "Leave secrets out.")
        except OpenPowerError as error:
            bench.fail(
                f"A wrong {name} is {type(error).__name__} ({error}), not an AuthError.",
                "Map the vendor's refusal to AuthenticationFailed.",
            )
        else:
            bench.fail(f"A wrong {name} is accepted, or its refusal overlooked.")


@check()
async def nobody_there(bench: Bench) -> None:
    """A host that refuses connections is a NetworkError."""
    if not bench.has_relay:
        bench.skip("it does not speak HTTP, so there is no address to change")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    try:
        await look(bench, bench.connect(base_url=f"http://127.0.0.1:{port}"))
    except (NetworkError, Timeout):
        return
    bench.fail("Nobody listens, and it found devices all the same.", "Do not swallow errors.")


@check(live=True)
async def closes_twice(bench: Bench) -> None:
    """Closing twice does no harm, and after it a call raises a RequestError that says so."""
    connection = bench.connect()
    await bench.devices(connection)
    await bench.close(connection)
    await bench.close(connection)
    try:
        await bench.ok(connection.devices(refresh=True))
    except RequestError:
        return
    bench.fail("A closed connection still answers.")


@check()
async def leaves_nothing_open(bench: Bench) -> None:
    """A closed connection leaves no socket, thread or task."""
    before = _alive()
    connection = bench.connect()
    await look(bench, connection)
    await bench.close(connection)
    del connection
    gc.collect()
    left: set[Any] = set()
    for _ in range(int(_CLOSED_WITHIN_S / 0.02)):
        left = {each for each in _alive() - before if not _is_the_kits(each)}
        if not left and not (bench.has_relay and bench.relay.connections):
            return
        await asyncio.sleep(0.02)
    if left:
        bench.fail(f"A closed connection leaves {', '.join(map(repr, left))}.")
    bench.fail(
        f"A closed connection leaves {bench.relay.connections} socket(s) open.",
        "Close the HTTP client in the backend's aclose() (close() in the blocking flavour).",
    )


def _alive() -> set[Any]:
    return {*threading.enumerate(), *asyncio.all_tasks()}


def _is_the_kits(each: Any) -> bool:
    name = getattr(each, "name", "")
    target = repr(getattr(each, "_target", ""))
    return (
        name.startswith(("asyncio_", "fault-server"))
        or "FaultServer" in target
        or "Relay" in target
    )
