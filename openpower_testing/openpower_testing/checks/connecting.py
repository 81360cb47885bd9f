"""Loading, connecting, and both flavours: cheap imports, no early requests, nothing left open, no differences."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import closing
from datetime import timedelta
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final
from zoneinfo import ZoneInfo

from openpower_core.capabilities import Feature
from openpower_core.errors import AuthError, NetworkError, ProviderLoadError, RequestError, Timeout
from openpower_core.registry.loading import GROUP, load, providers
from openpower_core.registry.spec import PROVIDER_API
from openpower_testing.checks._base import check, figures, instants, kind_of, look, read_alone
from openpower_testing.harness import Harness
from openpower_testing.unasync import NAME_PAIRS, rename

_HEAVY: Final = ("asyncio", "cattrs", "httpcore", "httpx", "sqlite3", "stamina", "starlette", "uvicorn")


@check("loading", per_flavour=False)
async def found(harness: Harness) -> None:
    """The provider is found by its name, and its specification is complete."""
    spec = harness.enrolled.spec
    if isinstance(harness.enrolled.provider, str):
        listed = [each.name for each in providers()]
        if spec.name not in listed:
            harness.fail(
                f"{spec.name!r} is not among the installed providers {listed}.",
                "Name it in the entry-point group openpower.providers, and install the distribution.",
            )
    if not spec.roles:
        harness.fail("The specification names no roles.", "Give ProviderSpec(roles=(Role.…,)).")
    if spec.provider_api > PROVIDER_API:
        harness.fail(f"It is written for provider API {spec.provider_api}.", "Upgrade the core.")
    nowhere = [each.name for each in spec.credentials if each.required and not each.where]
    if nowhere:
        harness.fail(f"The specification does not say where to get {', '.join(nowhere)}.", "Give Credential(where=…).")


@check("loading", per_flavour=False)
async def plugin_is_light(harness: Harness) -> None:
    """Loading the specification imports neither the HTTP client, nor asyncio, nor anything else that is heavy."""
    plugin = _plugin(harness)
    if plugin is None:
        harness.skip("it is not installed, so no entry point names its plugin module")
    loaded = set(_probe(harness, plugin)["loaded"])
    heavy = sorted(name for name in _HEAVY if name in loaded)
    if heavy:
        harness.fail(
            f"Importing {plugin} loads {', '.join(heavy)}.",
            'Name the factories as text, connect="package.module:function", and import nothing else there.',
        )


@check("loading", per_flavour=False)
async def imports_quietly(harness: Harness) -> None:
    """Importing the provider touches no network, starts no thread or process, and reads no environment."""
    spec = harness.enrolled.spec
    modules = [_plugin(harness), _module(spec.connect), _module(spec.connect_async)]
    did = _probe(harness, *[name for name in modules if name])["did"]
    if did:
        harness.fail(
            f"Importing it did more than import: {'; '.join(dict.fromkeys(did))}.",
            "Do this when a connection is made or first used.",
        )


@check("loading", per_flavour=False)
async def lives_beside_a_broken_one(harness: Harness) -> None:
    """A broken provider that is installed beside it breaks only itself."""
    folder = harness.folder()
    about = folder / "openpower_broken_neighbour-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: openpower-broken-neighbour\n")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\nbroken-neighbour = openpower_broken_neighbour.plugin\n")
    sys.path.insert(0, str(folder))
    try:
        await _beside(harness)
    finally:
        sys.path.remove(str(folder))


async def _beside(harness: Harness) -> None:
    try:
        load("broken-neighbour")
    except ProviderLoadError:
        pass
    else:
        harness.fail("The broken neighbour was loaded.")
    if isinstance(harness.enrolled.provider, str):
        load(harness.enrolled.provider)
    if not await harness.devices():
        harness.fail("It finds no devices beside a broken provider.")


def _probe(harness: Harness, *modules: str) -> dict[str, Any]:
    path = os.pathsep.join(each for each in sys.path if each)
    ran = subprocess.run(  # noqa: S603 - our own probe, in our own interpreter
        [sys.executable, "-m", "openpower_testing._probe", *modules],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if ran.returncode:
        harness.fail(f"Importing {', '.join(modules)} fails: {ran.stderr.strip()[-600:]}")
    found_out: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found_out


def _plugin(harness: Harness) -> str | None:
    for point in entry_points(group=GROUP):
        if point.name == harness.enrolled.spec.name and isinstance(harness.enrolled.provider, str):
            return point.value.partition(":")[0]
    return None


def _module(factory: object) -> str | None:
    if isinstance(factory, str):
        return factory.partition(":")[0]
    name = getattr(factory, "__module__", None)
    if not name:
        return None
    # A function made in a test or a notebook has no module that another process could import.
    return str(name) if getattr(import_module(name), "__file__", None) else None


_WRONG: Final = "c0ffee-wrong-credential"
_CLOSED_WITHIN_S: Final = 3.0


@check("connecting")
async def asks_nothing_yet(harness: Harness) -> None:
    """Connecting sends no request."""
    before = harness.sent()
    harness.connect()
    if harness.sent() != before:
        harness.fail("connect() sent a request.", "Factories do no I/O: ask in discover(), or on first use.")


@check("connecting", live=True)
async def finds_devices(harness: Harness) -> None:
    """There are devices, of all the roles that the specification names and of no other, each with an id of its own."""
    spec, devices = harness.enrolled.spec, await harness.devices()
    if not devices:
        harness.fail("discover() found no device in the home of the test.")
    ids = [device.info.id for device in devices]
    if len(set(ids)) != len(ids):
        harness.fail(f"Two devices share an id: {ids}.", "Ids have the form <serial>/<role>.")
    for device in devices:
        info = device.info
        if info.id != f"{info.serial}/{info.role}":
            harness.fail(f"The id {info.id!r} does not have the form <serial>/<role>.")
        if info.role not in spec.roles:
            harness.fail(f"The specification does not name the role {str(info.role)!r}.")
        if info.provider != spec.name:
            harness.fail(f"{info.id} says that its provider is {info.provider!r}, not {spec.name!r}.")
        if info.tz is not None:
            ZoneInfo(info.tz)
    again = [device.info.id for device in await harness.ok(harness.home.devices(refresh=True))]
    if not set(ids) <= set(again):
        harness.fail(f"With refresh=True it finds other devices: {ids}, then {again}.")
    absent = [str(each) for each in spec.roles if each not in {device.info.role for device in devices}]
    if absent and not harness.live:
        harness.unproven(f"the home of the test has no {' and no '.join(absent)}.")


@check("connecting")
async def bad_credentials(harness: Harness) -> None:
    """Credentials that the vendor refuses are an AuthError, which does not show them."""
    secrets = harness.secrets()
    if not secrets:
        harness.skip("the provider takes no secret")
    for name in secrets:
        seen = await read_alone(harness, harness.connect(**{name: _WRONG}))
        for device, each in seen.items():
            whose = f" of {device}" if device else ""
            if each.error is None:
                harness.fail(f"A wrong {name} is accepted, or its refusal overlooked{whose}.")
            if not isinstance(each.error, AuthError):
                harness.fail(
                    f"A wrong {name} is {type(each.error).__name__} ({each.error}){whose}, not an AuthError.",
                    "Map the vendor's refusal to AuthenticationFailed.",
                )
            if _WRONG in f"{each.error!r} {each.error} {each.error.__dict__}":
                harness.fail(f"The error about a wrong {name} shows it.", "Leave secrets out.")


@check("connecting", formerly="nobody_there")
async def connection_refused(harness: Harness) -> None:
    """A host that refuses connections is a NetworkError."""
    if not harness.has_relay:
        harness.skip("it does not speak HTTP, so there is no address to change")
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    try:
        await look(harness, harness.connect(base_url=f"http://127.0.0.1:{port}"))
    except (NetworkError, Timeout):
        return
    harness.fail("Nothing listens at the address, yet it found devices.", "Do not swallow errors.")


@check("connecting", live=True)
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


@check("connecting")
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


def _is_the_kits(worker: Any) -> bool:
    name = getattr(worker, "name", "")
    target = repr(getattr(worker, "_target", ""))
    return name.startswith(("asyncio_", "fault-server")) or "FaultServer" in target or "Relay" in target


async def _both(harness: Harness) -> tuple[Harness, Harness]:
    spec = harness.enrolled.spec
    if spec.connect is None or spec.connect_async is None:
        harness.skip("it has one flavour only")
    return await harness.another(flavour="sync"), await harness.another(flavour="async")


@check("parity", per_flavour=False)
async def same_devices(harness: Harness) -> None:
    """Both flavours find the same devices, with the same capabilities."""
    one, other = await _both(harness)
    for first, second in zip(await one.devices(), await other.devices(), strict=False):
        if first.info != second.info:
            harness.fail(f"The flavours find different devices, {first.info} and {second.info}.")
        if dict(first.capabilities) != dict(second.capabilities):
            harness.fail(f"The flavours differ in what {first.info.id} can do.")
    if len(await one.devices()) != len(await other.devices()):
        harness.fail("One flavour finds more devices than the other one.")


@check("parity", per_flavour=False)
async def same_figures(harness: Harness) -> None:
    """Both flavours read the same figures, whatever flows, and the same history."""
    harness.need_clock()
    one, other = await _both(harness)
    _compare(harness, await _reported(one), await _reported(other))


async def _reported(harness: Harness) -> dict[str, Any]:
    reported: dict[str, Any] = {}
    async for instant in instants(harness):
        for device, seen in instant.usual.items():
            reported |= figures(seen.value, f"at {harness.clock.now()} {device}")
    end = harness.clock.now()
    for device in await harness.devices():
        if device.capabilities[Feature.HISTORY]:
            series = await harness.call(device, "history", end - timedelta(hours=2), end)
            for place, reading in enumerate(series):
                reported |= figures(reading, f"history[{place}] of {device.info.id}")
    return reported


def _compare(harness: Harness, sync: dict[str, Any], asynchronous: dict[str, Any]) -> None:
    for name in {*sync, *asynchronous}:
        if sync.get(name) != asynchronous.get(name):
            harness.fail(
                f"{name} is {sync.get(name)} in the blocking flavour and {asynchronous.get(name)} in asyncio's.",
                "Generate the blocking modules from the asynchronous ones: openpower_testing.unasync.",
            )


@check("parity", per_flavour=False)
async def same_names(harness: Harness) -> None:
    """Devices and native API have the same public names and parameters in both flavours."""
    one, other = await _both(harness)
    pairs = list(zip(await one.devices(), await other.devices(), strict=False))
    natives = [(one.home.native, other.home.native)]
    for first, second in [*pairs, *natives]:
        names, theirs = _public(first), _public(second)
        renamed = {rename(name, NAME_PAIRS): each for name, each in theirs.items()}
        if set(names) != set(renamed):
            harness.fail(
                f"{type(first).__name__} and {type(second).__name__} differ in {sorted(set(names) ^ set(renamed))}.",
                "Generate the blocking modules from the asynchronous ones: openpower_testing.unasync.",
            )
        for name, method in names.items():
            if _parameters(method) != _parameters(renamed[name]):
                harness.fail(f"{type(first).__name__}.{name} takes other parameters in asyncio's flavour.")


def _public(thing: Any) -> dict[str, Any]:
    kind = kind_of(thing)
    return {
        name: getattr(kind, name) for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))
    }


def _parameters(method: Any) -> list[tuple[str, Any]]:
    return [(each.name, each.kind) for each in inspect.signature(method).parameters.values()]
