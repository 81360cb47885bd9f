"""Writes: planned without sending, sent once, reported truthfully, and released."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from openpower_core.capabilities import Feature, Support
from openpower_core.errors import (
    ControlError,
    OpenPowerError,
    RequestError,
    Veto,
    WriteBudgetExhausted,
    WriteNotConfirmed,
)
from openpower_core.provider import hookimpl
from openpower_core.registry.hooks import HOOKS
from openpower_core.writes import WriteState
from openpower_testing.checks._base import Operation, check, operations, other_operations

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from openpower_core.writes import Receipt
    from openpower_testing.harness import Harness

_AT_ONCE: Final = 5
_SURE: Final = {Support.FULL, Support.EMULATED}
_NOT_SENT: Final = {WriteState.PLANNED, WriteState.UNCHANGED}


async def _writes(harness: Harness) -> AsyncIterator[tuple[Harness, Any, Operation]]:
    """Every write of a device, each on its own home, so that they do not affect each other."""
    tried, unmet = 0, list[str]()
    for known in await harness.devices():
        for operation in operations(str(known.info.role)):
            if not known.capabilities[operation.feature]:
                continue
            other = await harness.another()
            device = await other.device(known.info.id)
            # A dry run shows at no cost whether the condition of a conditional feature is met.
            try:
                await _write(other, device, operation, operation.desired(other), dry_run=True)
            except RequestError as error:
                if known.capabilities[operation.feature].support is not Support.CONDITIONAL:
                    raise
                unmet.append(f"{operation.method} of the {known.info.role} ({error})")
                continue
            tried += 1
            yield other, device, operation
            harness.proved |= other.proved
            harness.capabilities |= other.capabilities
    if unmet and not tried:
        harness.unproven(
            f"what can be written is conditional, and no condition is met in this home: {'; '.join(unmet)}"
        )
    if not tried:
        harness.skip("nothing can be written")


async def _write(harness: Harness, device: Any, operation: Operation, desired: dict[str, Any], **how: Any) -> Receipt:
    receipt: Receipt = await harness.call(device, operation.method, **desired, **how)
    return receipt


def settled(harness: Harness, device: Any) -> None:
    """Let the time pass that the device needs to show a write, and to accept the next one."""
    limits = device.capabilities.writes
    wait = timedelta(minutes=1)
    if limits is not None:
        wait += max(limits.settle_timeout, limits.settle, limits.min_interval)
    harness.later(seconds=wait.total_seconds())


@check("writes")
async def dry_run_sends_nothing(harness: Harness) -> None:
    """A dry run returns the plan and sends no write."""
    harness.written()
    async for other, device, operation in _writes(harness):
        if other.written():
            other.fail(f"{operation.method}(dry_run=True) wrote.", "Write through the pipeline: self._write(…).")
        receipt = await _write(other, device, operation, operation.desired(other), dry_run=True)
        if receipt.state not in _NOT_SENT:
            other.fail(f"The receipt of a dry run says {receipt.state}.")


@check("writes")
async def twice_sends_once(harness: Harness) -> None:
    """The same command a second time finds the vendor in that state already, and sends nothing."""
    harness.need_clock()
    harness.written()
    async for other, device, operation in _writes(harness):
        desired = operation.desired(other)
        await _write(other, device, operation, desired)
        once = other.written()
        settled(other, device)
        receipt = await _write(other, device, operation, desired)
        if other.written() != once or receipt.state is not WriteState.UNCHANGED:
            other.fail(
                f"The same {operation.method} a second time was sent again ({receipt.state}).",
                "The result of read() after a write has to equal that of plan(): use one canonical form.",
            )
        other.prove(device, operation.feature)


@check("writes")
async def read_back(harness: Harness) -> None:
    """Once it is read back a write is CONFIRMED, or UNVERIFIABLE where it cannot be read back."""
    harness.need_clock()
    async for other, device, operation in _writes(harness):
        try:
            receipt = await _write(other, device, operation, operation.desired(other), confirm="readback")
        except WriteNotConfirmed as error:
            other.fail(
                f"{operation.method} was accepted, but reading back does not show it: {error}",
                "Does read() ask the vendor again, and is settle_timeout long enough?",
            )
        if receipt.state not in {WriteState.CONFIRMED, WriteState.UNVERIFIABLE, WriteState.UNCHANGED}:
            other.fail(f"Read back, {operation.method} is {receipt.state}.")
        other.prove(device, operation.feature)


_CONTROLS: Final = {
    "reserve_soc_pct": "reserve_soc_pct",
    "max_soc_pct": "max_soc_pct",
    "limit_w": "export_limit_w",
    "amps": "charger_limit_a",
}
"""What a write's argument is called among the controls of the simulated house."""


@check("writes", per_flavour=False)
async def reaches_the_house(harness: Harness) -> None:
    """A value that was confirmed is the one that holds in the house: it is not converted wrongly both ways."""
    harness.need_house()
    tried = 0
    async for other, device, operation in _writes(harness):
        desired = operation.desired(other)
        values = {name: each for name, each in desired.items() if name in _CONTROLS and "scope" not in desired}
        if values:
            house = other.need_house()
            before = house.controls
            receipt = await _write(other, device, operation, desired, confirm="readback")
            settled(other, device)
            house.at(other.clock.now())
            adjusted = {each.field for each in receipt.adjustments}
            for name, value in values.items():
                was, holds = (getattr(controls, _CONTROLS[name]) for controls in (before, house.controls))
                if holds == was or name in adjusted:
                    continue  # the emulator keeps it elsewhere, such as in the controller that runs its schedule
                tried += 1
                if holds != value:
                    other.fail(
                        f"{operation.method}({name}={value}) is {receipt.state}, but in the house it is {holds}.",
                        "Is the value converted the wrong way, in reading as in writing? Does the emulator apply it?",
                    )
    if not tried:
        harness.skip("no write changes a value of the simulated house")


@check("writes", per_flavour=False)
async def charge_charges(harness: Harness) -> None:
    """A command to charge from the grid charges the battery of the simulated house, and now."""
    mine = harness.need_house()
    for _ in range(96):  # until it is left alone and discharges, with room to charge
        now = mine.at(harness.clock.now())
        if now.battery_w > 0 and now.soc_pct < _LOW:
            break
        harness.later(minutes=30)
    async for other, device, operation in _writes(harness):
        house = other.need_house()
        if operation.method != "charge" or house.at(other.clock.now()).battery_w <= 0:
            continue
        receipt = await _write(other, device, operation, operation.desired(other), confirm="readback")
        settled(other, device)
        other.later(minutes=_RUNS_MIN)
        power_w = house.at(other.clock.now()).battery_w
        if power_w >= 0:
            other.fail(
                f"charge is {receipt.state}, but {_RUNS_MIN} minutes later the battery is at {power_w:g} W (+ discharging).",
                "Is it the vendor's word for another mode, or are the times those of another zone?",
            )
        return
    harness.skip("no battery of the simulated house can be told to charge, with room for it")


_LOW: Final = 60
"""A state of charge (%) from which it charges for a while to the target of 80."""
_RUNS_MIN: Final = 10


@check("writes", per_flavour=False)
async def every_feature_lands(harness: Harness) -> None:
    """The other promised writes are applied as well: each mode, each setting, starting and stopping."""
    harness.need_clock()
    unmet, landed = list[str](), 0
    for known in await harness.devices():
        for operation in other_operations(str(known.info.role)):
            capability = known.capabilities[operation.feature]
            if capability:
                error = await _lands(harness, known, operation, sure=capability.support in _SURE)
                landed += error is None
                unmet += [f"{operation.feature} ({error})"] if error else []
    if unmet and not landed:
        harness.unproven(f"what else can be written is conditional, and no condition is met: {'; '.join(unmet)}")
    if not landed:
        harness.skip("nothing else can be written")


async def _lands(harness: Harness, known: Any, operation: Operation, *, sure: bool) -> OpenPowerError | None:
    other = await harness.another()
    device = await other.device(known.info.id)
    try:
        receipt = await _write(other, device, operation, operation.desired(other), confirm="readback")
    except OpenPowerError as error:
        if sure:
            harness.fail(
                f"{operation.feature} of the {known.info.role} is promised, but {operation.method} raises "
                f"{type(error).__name__}: {error}",
                "If it only works at times, make it CONDITIONAL, with a note that says when.",
            )
        return error
    if not any(each.field in operation.variants[0] for each in receipt.adjustments):
        harness.prove(known, operation.feature)  # an adjusted write is not what was requested
    return None


@check("writes")
async def answer_lost(harness: Harness) -> None:
    """A write whose response is lost is not sent again: the first one may have been carried out."""
    harness.need_clock()
    _ = harness.relay
    async for other, device, operation in _writes(harness):
        await _write(other, device, operation, operation.desired(other))
        usual = other.written()
        lossy = await harness.another()
        same = await lossy.device(device.info.id)
        lossy.relay.lose = 1
        with suppress(OpenPowerError):
            await _write(lossy, same, operation, operation.desired(lossy))
        if lossy.written() > usual:
            lossy.fail(
                f"The response to a write of {operation.method} was lost, and it was sent again "
                f"({lossy.written()} instead of {usual} requests).",
                "Send writes with write=True, which retries nothing that may have been sent.",
            )


@check("writes")
async def accepted_but_ignored(harness: Harness) -> None:
    """If a vendor accepts a write and ignores it, reading back shows that."""
    harness.need_clock()
    _ = harness.relay
    async for other, device, operation in _writes(harness):
        await _write(other, device, operation, operation.desired(other))
        settled(other, device)
        other.relay.pretend = True
        try:
            receipt = await _write(other, device, operation, operation.desired(other, 1), confirm="readback")
        except ControlError:
            continue
        if receipt.state is WriteState.CONFIRMED:
            other.fail(
                f"The vendor ignored {operation.method}, but the receipt says CONFIRMED.",
                "read() has to ask the vendor, never a cache or what was sent.",
            )


@check("writes")
async def at_the_same_time(harness: Harness) -> None:
    """The same command five times at once is one write."""
    harness.need_clock()
    harness.written()
    async for other, device, operation in _writes(harness):
        alone = await harness.another()
        same = await alone.device(device.info.id)
        desired = operation.desired(other)
        await _write(alone, same, operation, desired)

        def write(device: Any = device, operation: Operation = operation, desired: Any = desired) -> Any:
            return getattr(device, operation.method)(**desired)

        ended = await other.together([write] * _AT_ONCE)
        crashed = [each for each in ended if isinstance(each, BaseException) and not isinstance(each, OpenPowerError)]
        if crashed:
            other.fail(f"{operation.method} at the same time crashes: {crashed[0]!r}")
        if other.written() > alone.written():
            other.fail(
                f"{_AT_ONCE} concurrent calls of {operation.method} wrote {other.written()} times, "
                f"a single one {alone.written()}.",
                "Use one writer per connection for all devices.",
            )


@check("writes")
async def guards_are_asked(harness: Harness) -> None:
    """A guard that refuses stops the write before anything is sent."""
    harness.written()
    guard = _Refusing()
    HOOKS.add(guard)
    try:
        await _all_vetoed(harness)
    finally:
        HOOKS.remove(guard)


async def _all_vetoed(harness: Harness) -> None:
    for known in await harness.devices():
        for operation in operations(str(known.info.role)):
            if not known.capabilities[operation.feature]:
                continue
            try:
                receipt = await _write(harness, known, operation, operation.desired(harness))
            except (Veto, RequestError):
                continue
            if receipt.state is not WriteState.UNCHANGED:
                harness.fail(
                    f"A guard refused {operation.method}, but it continued to {receipt.state}.",
                    "Write through the pipeline: self._write(…).",
                )
    if harness.written():
        harness.fail("A guard refused every write, but something was written.")


class _Refusing:
    """A guard that refuses everything."""

    @hookimpl
    def openpower_before_write(self) -> None:
        raise Veto("the kit refuses every write here")


@check("writes")
async def budget_is_kept(harness: Harness) -> None:
    """No more is written than the capabilities say: after that, WriteBudgetExhausted says when."""
    harness.need_clock()
    harness.written()
    async for other, device, operation in _writes(harness):
        limits = device.capabilities.writes
        if limits is None or limits.per_day is None or limits.per_day > 50:
            continue
        step = limits.min_interval + timedelta(seconds=61)
        if step * limits.per_day > timedelta(hours=23):
            continue
        written = await _until_exhausted(other, device, operation, limits.per_day, step)
        if written > limits.per_day:
            other.fail(f"{written} writes were made, but the limits allow {limits.per_day} a day.")
        return
    harness.skip("no device has a daily budget that can be spent here")


async def _until_exhausted(harness: Harness, device: Any, operation: Operation, per_day: int, step: timedelta) -> int:
    desired = [operation.desired(harness, 0), operation.desired(harness, 1)]
    written = 0
    for number in range(per_day + 3):
        try:
            receipt = await _write(harness, device, operation, desired[number % 2])
        except WriteBudgetExhausted as error:
            if error.retry_at is None:
                harness.fail("WriteBudgetExhausted does not say when the next write is allowed.")
            return written
        written += receipt.state.sent
        harness.later(seconds=step.total_seconds())
    return written


@check("writes")
async def release_puts_back(harness: Harness) -> None:
    """Releasing a command restores what the vendor had before it."""
    harness.need_clock()
    (battery, *_) = await harness.having(Feature.RELEASE, role="battery")
    if not battery.capabilities[Feature.CHARGE]:
        harness.skip("there is no command to release")
    (operation, *_) = operations("battery")
    before = await present(harness, battery)
    await _write(harness, battery, operation, operation.desired(harness))
    settled(harness, battery)
    receipt = await harness.call(battery, "release")
    if not receipt.state.sent:
        harness.fail(f"Releasing sent nothing: {receipt.state} {receipt.note}")
    settled(harness, battery)
    if await present(harness, battery) != before:
        harness.fail(
            "After the release the vendor does not have its earlier state.",
            "load(dump(document)) has to return the whole document.",
        )
    harness.prove(battery, Feature.RELEASE, Feature.CHARGE)


async def present(harness: Harness, battery: Any) -> list[Any]:
    """The schedule and settings that the vendor has, as a new connection reads them: nothing of ours is remembered there."""
    fresh = harness.connect()
    battery = await harness.device(battery.info.id, fresh)
    reads = (Feature.SCHEDULE, Feature.SETTINGS)
    return [
        await harness.call(battery, each.value)
        for each in reads
        if battery.capabilities[each].support is not Support.UNSUPPORTED
    ]
