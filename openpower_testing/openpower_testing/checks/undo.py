"""A release undoes the command, whatever happened to it meanwhile."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

from openpower_core.capabilities import Feature
from openpower_core.errors import OpenPowerError
from openpower_testing.checks._base import check, figures, operations
from openpower_testing.checks.writes import present, settled
from openpower_testing.faults import Trouble
from openpower_testing.harness import Harness

_FAULTS: Final = ("is refused", "never arrives", "is carried out and its response lost")


@check("writes", per_flavour=False)
async def undo_after_a_partial_write(harness: Harness) -> None:
    """If any call of a command fails, before or after it was carried out, a release puts everything back all the same."""
    harness.need_clock()
    _ = harness.relay
    (battery, *_) = await harness.having(Feature.RELEASE, role="battery")
    (command, *_) = operations("battery")
    await harness.call(battery, command.method, **command.desired(harness))
    for number in range(harness.written()):
        for fault in _FAULTS:
            await _undone(await harness.another(), number, fault)


async def _undone(harness: Harness, number: int, fault: str) -> None:
    (battery, *_) = await harness.having(Feature.RELEASE, role="battery")
    (command, *_) = operations("battery")
    before, relay, writes = await present(harness, battery), harness.relay, 0

    def is_due(request: Any) -> bool:
        nonlocal writes
        if not harness.enrolled.is_write(request):
            return False
        writes += 1
        if writes == number + 1 and fault == _FAULTS[2]:
            relay.lose = 1
        return writes == number + 1 and fault != _FAULTS[2]

    relay.only = is_due
    relay.fail(Trouble.RESET if fault == _FAULTS[1] else Trouble.STATUS, times=1)
    with suppress(OpenPowerError):
        await harness.call(battery, command.method, **command.desired(harness))
    relay.only, relay.lose = None, 0
    relay.clear()
    settled(harness, battery)
    await harness.call(battery, "release")
    settled(harness, battery)
    if (after := await present(harness, battery)) != before:
        harness.fail(
            f"Call {number + 1} of {command.method} {fault}; after the release the vendor has {after} instead of {before}.",
            "Make the restore point of the whole document, and let read() show what was taken in part.",
        )


@check("writes", per_flavour=False)
async def undo_spares_other_clients(harness: Harness) -> None:
    """A release puts back what the command set, and leaves what somebody else changed at the vendor meanwhile."""
    harness.need_clock()
    (battery, *_) = await harness.having(Feature.RELEASE, role="battery")
    changed = 0
    for asked in ({"reserve_soc_pct": 30}, {"max_soc_pct": 90}):
        if battery.capabilities[Feature(next(iter(asked)).removesuffix("_pct"))]:
            changed += await _spared(await harness.another(), asked)
    if not changed:
        harness.skip("nobody else can change a setting while a command is active")


async def _spared(harness: Harness, asked: dict[str, Any]) -> bool:
    (battery, *_) = await harness.having(Feature.RELEASE, role="battery")
    (command, *_) = operations("battery")
    states = [await _fields(harness, battery)]
    await harness.call(battery, command.method, **command.desired(harness))
    settled(harness, battery)
    states.append(await _fields(harness, battery))
    # In a folder of its own: what connections of one process remember of a device, they share.
    stranger = harness.connect(state_dir=harness.folder())
    theirs = await harness.device(battery.info.id, stranger)
    with suppress(OpenPowerError):
        await harness.call(theirs, "apply_settings", **asked)
    settled(harness, battery)
    states.append(await _fields(harness, battery))
    await harness.call(battery, "release")
    settled(harness, battery)
    before, commanded, other, after = *states, await _fields(harness, battery)
    for name in before:
        by_others = other[name] != commanded[name]
        if by_others and name == "schedule":
            continue  # a schedule shows limits that may be settings as well, some of them the command's
        if after[name] != (other if by_others else before)[name]:
            harness.fail(
                f"Before the command {name} was {before[name]}, then {commanded[name]}"
                + (f", somebody else made it {other[name]}" if by_others else "")
                + f", and after the release it is {after[name]}.",
                "Own only the fields that the command set, and put back those that still hold what it wrote.",
            )
    return commanded != other


async def _fields(harness: Harness, battery: Any) -> dict[str, Any]:
    """The settings field by field, and the schedule as one."""
    found: dict[str, Any] = {}
    for state in await present(harness, battery):
        whole = figures(state)
        found |= {"schedule": state} if "otherwise" in whole else whole
    return found
