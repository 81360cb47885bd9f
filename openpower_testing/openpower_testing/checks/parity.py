"""Both flavours are one provider: the same devices, names and figures."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from openpower_core.capabilities import Feature
from openpower_testing.checks._looking import figures, kind_of, look
from openpower_testing.checks._registry import check
from openpower_testing.unasync import NAME_PAIRS, rename

if TYPE_CHECKING:
    from openpower_testing.harness import Harness

__all__ = ["same_devices", "same_figures", "same_names"]


async def _both(harness: Harness) -> tuple[Harness, Harness]:
    spec = harness.enrolled.spec
    if spec.connect is None or spec.connect_async is None:
        harness.skip("it has one flavour only")
    return await harness.another(flavour="sync"), await harness.another(flavour="async")


@check(each_flavour=False)
async def same_devices(harness: Harness) -> None:
    """Both flavours find the same devices, with the same capabilities."""
    one, other = await _both(harness)
    for first, second in zip(await one.devices(), await other.devices(), strict=False):
        if first.info != second.info:
            harness.fail(f"The flavours find {first.info} and {second.info}.")
        if dict(first.capabilities) != dict(second.capabilities):
            harness.fail(f"The flavours differ in what {first.info.id} can do.")
    if len(await one.devices()) != len(await other.devices()):
        harness.fail("One flavour finds more devices than the other one.")


@check(each_flavour=False)
async def same_figures(harness: Harness) -> None:
    """Both flavours read the same figures, now and back through the day."""
    harness.need_clock()
    one, other = await _both(harness)
    _compare(harness, await _told(one), await _told(other))
    for each in (one, other):
        each.later(hours=7)
    _compare(harness, await _told(one), await _told(other))


async def _told(harness: Harness) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for device, value in (await look(harness, fresh=True)).items():
        told |= figures(value, device)
    end = harness.clock.now()
    for device in await harness.devices():
        if device.capabilities[Feature.HISTORY]:
            series = await harness.call(device, "history", end - timedelta(hours=2), end)
            for place, reading in enumerate(series):
                told |= figures(reading, f"history[{place}] of {device.info.id}")
    return told


def _compare(harness: Harness, sync: dict[str, Any], asynchronous: dict[str, Any]) -> None:
    for name in {*sync, *asynchronous}:
        if sync.get(name) != asynchronous.get(name):
            harness.fail(
                f"{name} is {sync.get(name)} in the blocking flavour and {asynchronous.get(name)} in asyncio's.",
                "Generate the blocking modules from the asynchronous ones: openpower_testing.unasync.",
            )


@check(each_flavour=False)
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
