"""Writes: planned without sending, sent once, told truly, and taken back."""

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
from openpower_core.testing.checks._operations import Operation, operations, other_operations
from openpower_core.testing.checks._registry import check
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from openpower_core.testing.bench import Bench
    from openpower_core.writes import Receipt

__all__ = [
    "accepted_but_ignored",
    "answer_lost",
    "at_the_same_time",
    "budget_is_kept",
    "dry_run_sends_nothing",
    "every_feature_lands",
    "guards_are_asked",
    "read_back",
    "release_puts_back",
    "twice_sends_once",
]

_AT_ONCE: Final = 5
_SURE: Final = {Support.FULL, Support.EMULATED}
_NOT_SENT: Final = {WriteState.PLANNED, WriteState.UNCHANGED}


async def _each(bench: Bench) -> AsyncIterator[tuple[Bench, Any, Operation]]:
    """Every write that a device has, on a home of its own, so that none sees another's."""
    tried = 0
    for known in await bench.devices():
        for operation in operations(str(known.info.role)):
            if not known.capabilities[operation.feature]:
                continue
            other = await bench.another()
            (device,) = [each for each in await other.devices() if each.info.id == known.info.id]
            try:
                await _write(other, device, operation, operation.wish(other), dry_run=True)
            except RequestError:
                if known.capabilities[operation.feature].support is Support.CONDITIONAL:
                    continue  # its condition is not met in this home
                raise
            tried += 1
            yield other, device, operation
            bench.proved |= other.proved
            bench.capabilities |= other.capabilities
    if not tried:
        bench.skip("nothing can be written")


async def _write(
    bench: Bench, device: Any, operation: Operation, wish: dict[str, Any], **how: Any
) -> Receipt:
    receipt: Receipt = await bench.call(device, operation.method, **wish, **how)
    return receipt


def _settled(bench: Bench, device: Any) -> None:
    """Let as much time pass as the device needs to show a write, and to take the next one."""
    limits = device.capabilities.writes
    wait = timedelta(minutes=1)
    if limits is not None:
        wait += max(limits.settle_timeout, limits.settle, limits.min_interval)
    bench.later(seconds=wait.total_seconds())


@check()
async def dry_run_sends_nothing(bench: Bench) -> None:
    """A dry run gives the plan and sends no write."""
    bench.written()
    async for other, device, operation in _each(bench):
        if other.written():
            other.fail(
                f"{operation.method}(dry_run=True) wrote.",
                "Write through the pipeline: self._write(…).",
            )
        receipt = await _write(other, device, operation, operation.wish(other), dry_run=True)
        if receipt.state not in _NOT_SENT:
            other.fail(f"The receipt of a dry run says {receipt.state}.")


@check()
async def twice_sends_once(bench: Bench) -> None:
    """The same wish a second time finds that the vendor holds it already, and sends nothing."""
    bench.need_clock()
    bench.written()
    async for other, device, operation in _each(bench):
        wish = operation.wish(other)
        await _write(other, device, operation, wish)
        once = other.written()
        _settled(other, device)
        receipt = await _write(other, device, operation, wish)
        if other.written() != once or receipt.state is not WriteState.UNCHANGED:
            other.fail(
                f"The same {operation.method} a second time wrote again ({receipt.state}).",
                "What read() gives after a write has to equal what plan() wanted: one canonical form.",
            )
        other.prove(device, operation.feature)


@check()
async def read_back(bench: Bench) -> None:
    """Once it is read back a write is CONFIRMED, or UNVERIFIABLE where nobody can see it."""
    bench.need_clock()
    async for other, device, operation in _each(bench):
        try:
            receipt = await _write(
                other, device, operation, operation.wish(other), confirm="readback"
            )
        except WriteNotConfirmed as error:
            other.fail(
                f"{operation.method} was accepted, and reading back does not show it: {error}",
                "Does read() ask anew, and is settle_timeout long enough?",
            )
        if receipt.state not in {
            WriteState.CONFIRMED,
            WriteState.UNVERIFIABLE,
            WriteState.UNCHANGED,
        }:
            other.fail(f"Read back, {operation.method} is {receipt.state}.")
        other.prove(device, operation.feature)


@check(each_flavour=False)
async def every_feature_lands(bench: Bench) -> None:
    """The other writes that are promised land as well: each mode, each setting, starting and stopping."""
    bench.need_clock()
    tried = 0
    for known in await bench.devices():
        for operation in other_operations(str(known.info.role)):
            capability = known.capabilities[operation.feature]
            if capability:
                tried += 1
                await _lands(bench, known, operation, sure=capability.support in _SURE)
    if not tried:
        bench.skip("nothing else can be written")


async def _lands(bench: Bench, known: Any, operation: Operation, *, sure: bool) -> None:
    other = await bench.another()
    (device,) = [each for each in await other.devices() if each.info.id == known.info.id]
    try:
        receipt = await _write(other, device, operation, operation.wish(other), confirm="readback")
    except OpenPowerError as error:
        if sure:
            bench.fail(
                f"{operation.feature} of the {known.info.role} is promised, and {operation.method} raises "
                f"{type(error).__name__}: {error}",
                "If it works only at times, it is CONDITIONAL, with a note that says when.",
            )
        return
    if not any(each.field in operation.variants[0] for each in receipt.adjustments):
        bench.prove(known, operation.feature)  # what became something else is not what was asked


@check()
async def answer_lost(bench: Bench) -> None:
    """A write whose answer is lost is not sent again: the first one may have been carried out."""
    bench.need_clock()
    _ = bench.relay
    async for other, device, operation in _each(bench):
        await _write(other, device, operation, operation.wish(other))
        usual = other.written()
        lossy = await bench.another()
        (same,) = [each for each in await lossy.devices() if each.info.id == device.info.id]
        lossy.relay.lose = 1
        with suppress(OpenPowerError):
            await _write(lossy, same, operation, operation.wish(lossy))
        if lossy.written() > usual:
            lossy.fail(
                f"The answer to a write of {operation.method} was lost, and it was sent again "
                f"({lossy.written()} instead of {usual} requests).",
                "Send writes with write=True, which retries nothing that may have left.",
            )


@check()
async def accepted_but_ignored(bench: Bench) -> None:
    """A vendor that says yes and does nothing is found out by reading back."""
    bench.need_clock()
    _ = bench.relay
    async for other, device, operation in _each(bench):
        await _write(other, device, operation, operation.wish(other))
        _settled(other, device)
        other.relay.pretend = True
        try:
            receipt = await _write(
                other, device, operation, operation.wish(other, 1), confirm="readback"
            )
        except ControlError:
            continue
        if receipt.state is WriteState.CONFIRMED:
            other.fail(
                f"The vendor ignored {operation.method}, and the receipt says CONFIRMED.",
                "read() asks the vendor anew, never a cache or what was sent.",
            )


@check()
async def at_the_same_time(bench: Bench) -> None:
    """The same wish five times at once is one write."""
    bench.need_clock()
    bench.written()
    async for other, device, operation in _each(bench):
        alone = await bench.another()
        (same,) = [each for each in await alone.devices() if each.info.id == device.info.id]
        wish = operation.wish(other)
        await _write(alone, same, operation, wish)

        def write(device: Any = device, operation: Operation = operation, wish: Any = wish) -> Any:
            return getattr(device, operation.method)(**wish)

        ended = await other.together([write] * _AT_ONCE)
        crashed = [
            each
            for each in ended
            if isinstance(each, BaseException) and not isinstance(each, OpenPowerError)
        ]
        if crashed:
            other.fail(f"{operation.method} at the same time crashes: {crashed[0]!r}")
        if other.written() > alone.written():
            other.fail(
                f"{_AT_ONCE} times {operation.method} at once wrote {other.written()} times, "
                f"and alone {alone.written()}.",
                "One writer per connection, handed to every device.",
            )


@check()
async def guards_are_asked(bench: Bench) -> None:
    """A guard that refuses stops the write before anything is sent."""
    bench.written()
    guard = _Refusing()
    HOOKS.add(guard)
    try:
        await _all_vetoed(bench)
    finally:
        HOOKS.remove(guard)


async def _all_vetoed(bench: Bench) -> None:
    for known in await bench.devices():
        for operation in operations(str(known.info.role)):
            if not known.capabilities[operation.feature]:
                continue
            try:
                receipt = await _write(bench, known, operation, operation.wish(bench))
            except (Veto, RequestError):
                continue
            if receipt.state is not WriteState.UNCHANGED:
                bench.fail(
                    f"A guard refused {operation.method}, and it went on to {receipt.state}.",
                    "Write through the pipeline: self._write(…).",
                )
    if bench.written():
        bench.fail("A guard refused every write, and something was written.")


class _Refusing:
    """A guard that refuses everything."""

    @hookimpl
    def openpower_before_write(self) -> None:
        raise Veto("the kit refuses every write here")


@check()
async def budget_is_kept(bench: Bench) -> None:
    """No more is written than the capabilities say: after that, WriteBudgetExhausted tells when."""
    bench.need_clock()
    bench.written()
    async for other, device, operation in _each(bench):
        limits = device.capabilities.writes
        if limits is None or limits.per_day is None or limits.per_day > 50:
            continue
        step = limits.min_interval + timedelta(seconds=61)
        if step * limits.per_day > timedelta(hours=23):
            continue
        written = await _until_exhausted(other, device, operation, limits.per_day, step)
        if written > limits.per_day:
            other.fail(
                f"{written} writes went through, and the limits allow {limits.per_day} a day."
            )
        return
    bench.skip("no device has a daily budget that can be spent here")


async def _until_exhausted(
    bench: Bench, device: Any, operation: Operation, per_day: int, step: timedelta
) -> int:
    wishes = [operation.wish(bench, 0), operation.wish(bench, 1)]
    written = 0
    for turn in range(per_day + 3):
        try:
            receipt = await _write(bench, device, operation, wishes[turn % 2])
        except WriteBudgetExhausted as error:
            if error.retry_at is None:
                bench.fail("WriteBudgetExhausted does not say when the next write is allowed.")
            return written
        written += receipt.state.sent
        bench.later(seconds=step.total_seconds())
    return written


@check()
async def release_puts_back(bench: Bench) -> None:
    """Releasing a command puts back what the vendor held before it."""
    bench.need_clock()
    (battery, *_) = await bench.having(Feature.RELEASE, role="battery")
    if not battery.capabilities[Feature.CHARGE]:
        bench.skip("there is no command to release")
    (operation, *_) = operations("battery")
    before = await _held(bench, battery)
    await _write(bench, battery, operation, operation.wish(bench))
    _settled(bench, battery)
    receipt = await bench.call(battery, "release")
    if not receipt.state.sent:
        bench.fail(f"Releasing sent nothing: {receipt.state} {receipt.note}")
    _settled(bench, battery)
    if await _held(bench, battery) != before:
        bench.fail(
            "After the release the vendor does not hold what it held before.",
            "load(dump(document)) has to give the whole document.",
        )
    bench.prove(battery, Feature.RELEASE, Feature.CHARGE)


async def _held(bench: Bench, battery: Any) -> list[Any]:
    reads = (Feature.SCHEDULE, Feature.SETTINGS)
    return [
        await bench.call(battery, each.value)
        for each in reads
        if battery.capabilities[each].support is not Support.UNSUPPORTED
    ]
