"""A write that is interrupted at any step, by a cancellation or ctrl-C, leaves nothing that a release does not put back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from openpower_core.errors import ConfigurationError, OpenPowerError, Timeout, WriteRejected
from openpower_core.writes import WriteState

from .conftest import LIMITS, Harness, Page

BEFORE = Page(window="01-05", reserve=15)
COMMAND: dict[str, Any] = {"window": "22-06", "reserve": 60}
SETTLED = LIMITS.settle_timeout.total_seconds()
# What becomes of the calls of the interrupted operation: the answer, whether it is carried out, and when.
FATES: dict[str, list[tuple[Exception | None, bool, float]]] = {
    "done": [],
    "late": [(None, True, 50.0)] * 6,
    "lost": [(Timeout("lost"), True, 30.0), (Timeout("lost"), True, 30.0)],
    "in part": [(None, True, 0.0), (WriteRejected("no"), False, 0.0)],
}


class Step:
    """Interrupts at the n-th step."""

    def __init__(self, n: int, interrupt: Callable[[], None]) -> None:
        self.left = n
        self._interrupt = interrupt

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            self._interrupt()


def ctrl_c() -> None:
    raise KeyboardInterrupt


def run(call: Any) -> None:
    """Run an operation; its errors are another test's business."""

    async def wait() -> None:
        await call

    with contextlib.suppress(OpenPowerError, KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(wait())


class Cancelled:
    """Awaits an operation, and cancels its task where it waits for the n-th time."""

    def __init__(self, call: Any, n: int) -> None:
        self._call = call
        self.step = Step(n, self._cancel)

    def _cancel(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self._call.__await__()
        resume, value = steps.send, None
        while True:
            try:
                waits_for = resume(value)
            except StopIteration:
                return
            self.step()
            try:
                value = yield waits_for
                resume = steps.send
            except BaseException as error:  # noqa: BLE001  (a cancellation above all)
                resume, value = steps.throw, error


def interruptible(harness: Harness, step: Step) -> None:
    """Step before and after each read and send, and before each sleep."""
    vendor, clock = harness.vendor, harness.clock

    def stepping(call: Any) -> Any:
        def made(*arguments: Any) -> Any:
            step()
            result = call(*arguments)
            step()
            return result

        return made

    vendor.read, vendor.send = stepping(vendor.read), stepping(vendor.send)  # type: ignore[method-assign]
    clock.sleep = stepping(clock.sleep)  # type: ignore[method-assign]


def interrupted(harness: Harness, operation: str, n: int) -> bool:
    """Carry it out, interrupted at the n-th step; whether there are so many steps."""
    do: dict[str, Callable[[], Any]] = {
        "command": lambda: harness.command(confirm="readback", **COMMAND),
        "release": lambda: harness.release(confirm="readback"),
    }
    if harness.flavour == "async":
        call = Cancelled(do[operation](), n)
        run(call)
        return call.step.left <= 0
    step = Step(n, ctrl_c)
    vendor, clock = harness.vendor, harness.clock
    interruptible(harness, step)
    run(do[operation]())
    for each, names in ((vendor, ("read", "send")), (clock, ("sleep",))):
        for name in names:
            delattr(each, name)
    return step.left <= 0


def check_way_back(harness: Harness, sends: int) -> None:
    """What is on its way arrives, and then a release leaves nothing of it."""
    vendor, store, began = harness.vendor, harness.writer.store, harness.clock.monotonic()
    vendor.fates = []
    for _ in range(4):
        if not store.points():
            break
        reads = vendor.reads
        asyncio.run(harness.release(confirm="readback"))
        assert vendor.reads - reads <= 50
        harness.clock.advance(SETTLED)
    assert store.points() == []
    assert evolve(vendor.current_now(), flag=None) == BEFORE
    assert harness.clock.monotonic() - began <= 4 * (2 * SETTLED + 120)
    lines = store.audit()
    sending = [line for line in lines if line["outcome"] == "sending"]
    assert len(vendor.sent) - sends <= sum(len(line["calls"]) for line in sending)
    assert asyncio.run(harness.release()).state is WriteState.UNCHANGED


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("operation", ["command", "release"])
def test_interrupted_at_every_step(flavour: str, operation: str, fate: str, tmp_path: Path, *, split: bool) -> None:
    """Nothing that was set stays, and each call that left is in the audit."""
    n = 0
    for n in range(1, 100):
        # Threads of the state folder are more steps at which a task can be cancelled.
        harness = Harness(flavour, state_dir=tmp_path / str(n) if flavour == "async" else None, split=split)
        harness.vendor.page = evolve(harness.vendor.page, window=BEFORE.window, reserve=BEFORE.reserve)
        if operation == "release":
            asyncio.run(harness.command(confirm="readback", **COMMAND))
        harness.vendor.fates = [*FATES[fate]]
        was_interrupted = interrupted(harness, operation, n)
        check_way_back(harness, 0)
        harness.writer.store.close()
        if not was_interrupted:
            break
    assert 3 < n < 99


@pytest.mark.parametrize(("operation", "at"), [("command", "send"), ("command", "read"), ("native", "send")])
def test_a_state_folder_that_is_damaged_by_then(flavour: str, operation: str, at: str, tmp_path: Path) -> None:
    """While it is sent, or read back: the error says that it was sent."""
    harness = Harness(flavour, state_dir=tmp_path / "state")
    call = getattr(harness.vendor, at)

    def damaging(*arguments: Any) -> Any:
        result = call(*arguments)
        for path in (tmp_path / "state").iterdir() if harness.vendor.sent else ():
            path.write_bytes(b"damaged" * 5000)
        return result

    setattr(harness.vendor, at, damaging)
    sending: dict[str, Callable[[], Any]] = {
        "command": lambda: harness.command(confirm="readback", **COMMAND),
        "native": lambda: harness.native(lambda: harness.vendor.send({"reserve": 60})),
    }
    with pytest.raises(ConfigurationError, match="had been sent by then"):
        asyncio.run(sending[operation]())
