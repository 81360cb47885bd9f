"""Loading a provider: found by name, cheap to import, and harmless while it is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import ProviderLoadError
from openpower_core.registry.loading import GROUP, load, providers
from openpower_core.registry.spec import PROVIDER_API
from openpower_testing.checks._registry import check

if TYPE_CHECKING:
    from openpower_testing.harness import Harness

__all__ = ["found", "imports_quietly", "lives_beside_a_broken_one", "plugin_is_light"]

_HEAVY: Final = ("asyncio", "cattrs", "httpcore", "httpx", "msgspec", "sqlite3", "stamina", "starlette", "uvicorn")


@check(each_flavour=False)
async def found(harness: Harness) -> None:
    """The provider is found by its name, and its specification tells users what they need."""
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
        harness.fail(f"Nobody is told where to get {', '.join(nowhere)}.", "Give Credential(where=…).")


@check(each_flavour=False)
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


@check(each_flavour=False)
async def imports_quietly(harness: Harness) -> None:
    """Importing the provider touches no network, starts no thread or process, and reads no environment."""
    spec = harness.enrolled.spec
    modules = [_plugin(harness), _module(spec.connect), _module(spec.connect_async)]
    did = _probe(harness, *[name for name in modules if name])["did"]
    if did:
        harness.fail(
            f"Importing it did more than import: {'; '.join(dict.fromkeys(did))}.",
            "Do such things when a connection is made or first used.",
        )


@check(each_flavour=False)
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
