"""Both flavours are one provider: the same devices, names and figures."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from openpower_core.capabilities import Feature
from openpower_core.testing.checks._looking import figures, kind_of, look
from openpower_core.testing.checks._registry import check
from openpower_core.unasync import name_pairs, rename

if TYPE_CHECKING:
    from openpower_core.testing.bench import Bench

__all__ = ["same_devices", "same_figures", "same_names"]


async def _both(bench: Bench) -> tuple[Bench, Bench]:
    spec = bench.enrolled.spec
    if spec.connect is None or spec.connect_async is None:
        bench.skip("it has one flavour only")
    return await bench.another(flavour="sync"), await bench.another(flavour="async")


@check(each_flavour=False)
async def same_devices(bench: Bench) -> None:
    """Both flavours find the same devices, with the same capabilities."""
    one, other = await _both(bench)
    for first, second in zip(await one.devices(), await other.devices(), strict=False):
        if first.info != second.info:
            bench.fail(f"The flavours find {first.info} and {second.info}.")
        if dict(first.capabilities) != dict(second.capabilities):
            bench.fail(f"The flavours differ in what {first.info.id} can do.")
    if len(await one.devices()) != len(await other.devices()):
        bench.fail("One flavour finds more devices than the other one.")


@check(each_flavour=False)
async def same_figures(bench: Bench) -> None:
    """Both flavours read the same figures, now and back through the day."""
    bench.need_clock()
    one, other = await _both(bench)
    _compare(bench, await _told(one), await _told(other))
    for each in (one, other):
        each.later(hours=7)
    _compare(bench, await _told(one), await _told(other))


async def _told(bench: Bench) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for device, value in (await look(bench, fresh=True)).items():
        told |= figures(value, device)
    end = bench.clock.now()
    for device in await bench.devices():
        if device.capabilities[Feature.HISTORY]:
            series = await bench.call(device, "history", end - timedelta(hours=2), end)
            for place, reading in enumerate(series):
                told |= figures(reading, f"history[{place}] of {device.info.id}")
    return told


def _compare(bench: Bench, sync: dict[str, Any], asynchronous: dict[str, Any]) -> None:
    for name in {*sync, *asynchronous}:
        if sync.get(name) != asynchronous.get(name):
            bench.fail(
                f"{name} is {sync.get(name)} in the blocking flavour and {asynchronous.get(name)} in asyncio's.",
                "Generate the blocking modules from the asynchronous ones: openpower_core.unasync.",
            )


@check(each_flavour=False)
async def same_names(bench: Bench) -> None:
    """Devices and native API have the same public names and parameters in both flavours."""
    one, other = await _both(bench)
    pairs = list(zip(await one.devices(), await other.devices(), strict=False))
    natives = [(one.home.native, other.home.native)]
    for first, second in [*pairs, *natives]:
        names, theirs = _public(first), _public(second)
        renamed = {rename(name, name_pairs()): each for name, each in theirs.items()}
        if set(names) != set(renamed):
            bench.fail(
                f"{type(first).__name__} and {type(second).__name__} differ in {sorted(set(names) ^ set(renamed))}.",
                "Generate the blocking modules from the asynchronous ones: openpower_core.unasync.",
            )
        for name, method in names.items():
            if _parameters(method) != _parameters(renamed[name]):
                bench.fail(
                    f"{type(first).__name__}.{name} takes other parameters in asyncio's flavour."
                )


def _public(thing: Any) -> dict[str, Any]:
    kind = kind_of(thing)
    return {
        name: getattr(kind, name)
        for name in dir(kind)
        if not name.startswith("_") and callable(getattr(kind, name))
    }


def _parameters(method: Any) -> list[tuple[str, Any]]:
    return [(each.name, each.kind) for each in inspect.signature(method).parameters.values()]
