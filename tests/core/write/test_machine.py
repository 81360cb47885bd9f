"""Any sequence of writes, faults, restarts and foreign changes, against a model of what has to come out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from attrs import evolve
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from openpower_core.errors import RequestError, Timeout, WriteNotConfirmed
from openpower_core.writes import WriteState

Visible: TypeAlias = tuple[str, int]

windows = st.sampled_from(["", "00-05", "22-06", "10-14"])
theirs = st.sampled_from(["01-02", "03-04"])
"""What others write; their writing the same as we did could not be distinguished from our own write showing late."""
reserves = st.sampled_from([10, 15, 20, 40])


@pytest.fixture
def machine(make_harness: Any) -> Any:
    """The machine, over a harness of the flavour."""

    class Machine(_Machine):
        def harness_of(self) -> Any:
            return make_harness()

    return Machine


class _Machine(RuleBasedStateMachine):
    """The model: what was there before the commands, and what our last write made of it."""

    def harness_of(self) -> Any:
        raise NotImplementedError

    @initialize(window=windows, reserve=reserves)
    def begin(self, window: str, reserve: int) -> None:
        """A vendor that holds something."""
        self.harness = self.harness_of()
        self.harness.vendor.page = evolve(self.harness.vendor.page, window=window, reserve=reserve)
        self.before: Visible | None = None
        self.wrote: Visible | None = None
        self.foreign = False
        """Whether something else has written since the command; then less can be asserted."""

    @property
    def current(self) -> Visible:
        page = self.harness.vendor.current_now()
        return page.window, page.reserve

    def ask(self, wanted: Visible, **desired: Any) -> WriteState | None:
        """Write, with a read-back, and check what came out; None when it did not come to hold."""
        current, sends = self.current, len(self.harness.sent)
        try:
            receipt = asyncio.run(self.harness.write(confirm="readback", **desired))
        except WriteNotConfirmed:
            assert self.current == current
            assert len(self.harness.sent) == sends + 1
            return None
        assert self.current == wanted
        assert receipt.state in (WriteState.CONFIRMED, WriteState.UNCHANGED)
        assert len(self.harness.sent) == sends + (receipt.state is WriteState.CONFIRMED)
        state: WriteState = receipt.state
        return state

    @rule(window=windows)
    def command(self, window: str) -> None:
        """A passing change of the window."""
        current = self.current
        wanted = (window, current[1])
        state = self.ask(wanted, window=window, restorable=True)
        if state is WriteState.CONFIRMED:
            status = self.before is not None and current == self.wrote
            if not status:
                self.before, self.foreign = current, False
            self.wrote = wanted

    @rule(window=windows)
    def set_schedule(self, window: str) -> None:
        """A lasting change of the window: nothing of a command is left."""
        state = self.ask((window, self.current[1]), window=window, operation="set_schedule")
        if state is not None:
            self.before = self.wrote = None

    @rule(reserve=reserves)
    def apply_settings(self, reserve: int) -> None:
        """A lasting change of the reserve, which the release must not take back."""
        current = self.current
        wanted = (current[0], reserve)
        state = self.ask(wanted, reserve=reserve, operation="apply_settings")
        if state is None or self.before is None:
            return
        self.before = None if (self.before[0], reserve) == wanted else (self.before[0], reserve)
        self.wrote = wanted

    @rule()
    def release(self) -> None:
        """It restores what was before, and only over what we wrote."""
        current, sends = self.current, len(self.harness.sent)
        try:
            receipt = asyncio.run(self.harness.release(confirm="readback"))
        except RequestError:
            assert self.before is None or self.foreign
            return
        except WriteNotConfirmed:
            assert self.current == current
            return
        if receipt.state is WriteState.CONFIRMED:
            assert len(self.harness.sent) == sends + 1
            assert self.foreign or (current, self.current) == (self.wrote, self.before)
        else:
            assert len(self.harness.sent) == sends
            assert self.foreign or self.before in (current, None)
        self.before = self.wrote = None
        self.foreign = False

    @rule(seconds=st.integers(0, 55), deaf=st.booleans(), lost=st.booleans(), applied=st.booleans())
    def trouble(self, seconds: int, *, deaf: bool, lost: bool, applied: bool) -> None:
        """The vendor becomes slow (within the settle time), or deaf, or loses the next answer."""
        self.harness.vendor.delay = timedelta(seconds=seconds)
        self.harness.vendor.deaf = deaf
        self.harness.vendor.send_errors = [Timeout("lost")] if lost else []
        self.harness.vendor.applies_despite_error = applied

    @rule(window=theirs, reserve=reserves)
    def change_elsewhere(self, window: str, reserve: int) -> None:
        """The vendor's app, say; once nothing of ours is on its way any more."""
        self.harness.clock.advance(60)
        page = self.harness.vendor.current_now()
        self.harness.vendor.page = evolve(page, window=window, reserve=reserve)
        self.foreign = True

    @rule(minutes=st.integers(0, 3000))
    def restart_later(self, minutes: int) -> None:
        """Start again with what is remembered."""
        self.harness.clock.advance(timedelta(minutes=minutes))
        self.harness.start()

    @rule(window=windows)
    def rehearse(self, window: str) -> None:
        """A dry run sends nothing and changes nothing."""
        sends = len(self.harness.sent)
        asyncio.run(self.harness.command(window=window, dry_run=True))
        assert len(self.harness.sent) == sends

    @invariant()
    def the_audit_tells_every_write(self) -> None:
        """Every send has its line."""
        outcomes = [line["outcome"] for line in self.harness.writer.store.audit()]
        assert outcomes.count("accepted") + outcomes.count("answer lost") == len(self.harness.sent)


def test_any_sequence(machine: Any) -> None:
    """No sequence sends twice, loses what was before, or overwrites changes of others."""
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=100, stateful_step_count=25, deadline=None, derandomize=True, database=None),
    )
