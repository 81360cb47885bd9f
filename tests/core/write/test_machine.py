"""Any sequence of writes, faults, restarts, clock jumps and others' changes: a release puts back what was there."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from typing import Any

from attrs import evolve
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from openpower_core.errors import BadResponse, ControlError, OpenPowerError, ServiceUnavailable, Timeout, WriteRejected
from openpower_core.writes import WriteState

LONGEST_DELAY_S = 60  # the toy's settle_timeout
FIELDS = ("window", "reserve")

# Values of three kinds that never meet, so that a value says who has set it.
commanded = st.fixed_dictionaries(
    {}, optional={"window": st.sampled_from(["22-06", "10-14"]), "reserve": st.sampled_from([60, 80])}
).filter(bool)
lasting = {"window": st.sampled_from(["01-05", "02-04"]), "reserve": st.sampled_from([15, 20])}
theirs = {"window": st.sampled_from(["03-04", "05-06"]), "reserve": st.sampled_from([30, 35])}

answers = st.sampled_from(
    [None, None, WriteRejected("no"), Timeout("lost"), BadResponse("code 500", vendor_code="500")]
)
fates = st.lists(
    st.tuples(answers, st.booleans(), st.integers(0, LONGEST_DELAY_S - 5)).map(
        # A success is carried out, perhaps late; a documented refusal never is.
        lambda fate: (fate[0], fate[0] is None or (fate[1] and not isinstance(fate[0], WriteRejected)), float(fate[2]))
    ),
    max_size=4,
)
jumps = st.sampled_from([timedelta(minutes=10), timedelta(days=1), timedelta(days=3650)]).flatmap(
    lambda jump: st.sampled_from([jump, -jump])
)


class Killed(BaseException):
    """The process dies."""


class Machine(RuleBasedStateMachine):
    """The model: for each field, what it may hold once everything is released."""

    make_harness: Any

    @initialize(window=lasting["window"], reserve=lasting["reserve"], split=st.booleans())
    def begin(self, window: str, reserve: int, *, split: bool) -> None:
        """A vendor that holds something."""
        self.harness = type(self).make_harness(split=split)
        self.vendor, self.clock = self.harness.vendor, self.harness.clock
        self.vendor.page = evolve(self.vendor.page, window=window, reserve=reserve)
        self.expected: dict[str, set[Any]] = {"window": {window}, "reserve": {reserve}}

    def run(self, call: Any, *, most_sends: int) -> Any:
        """Run one operation, and check what must hold for each of them."""
        sends, reads, began = len(self.vendor.sent), self.vendor.reads, self.clock.monotonic()
        lines = self.sending_lines
        try:
            return asyncio.run(call)
        except ControlError as error:
            return error.receipt
        except (OpenPowerError, Killed):
            return None
        finally:
            made = len(self.vendor.sent) - sends
            assert made <= most_sends, "doubled"
            assert not made or self.sending_lines > lines, "not in the audit"
            assert self.vendor.reads - reads + made <= 50
            assert self.clock.monotonic() - began <= LONGEST_DELAY_S + 120
            self.vendor.fates = []

    @property
    def sending_lines(self) -> int:
        return [line["outcome"] for line in self.harness.writer.store.audit()].count("sending")

    @rule(desired=commanded, fates=fates, confirm=st.sampled_from(["accepted", "readback"]))
    def command(self, desired: dict[str, Any], fates: Any, confirm: str) -> None:
        """A passing change; whatever becomes of it, nothing else is expected in the end."""
        self.vendor.fates = fates
        # Each field once, and once more where it is taken back.
        self.run(self.harness.command(confirm=confirm, **desired), most_sends=6 if self.harness.planning.split else 2)

    @rule(name=st.sampled_from(FIELDS), data=st.data(), fates=fates)
    def last(self, name: str, data: Any, fates: Any) -> None:
        """A lasting change: it stays if it was confirmed, and may stay if its answer is not known."""
        value = data.draw(lasting[name])
        self.vendor.fates = fates
        operation = "set_schedule" if name == "window" else "apply_settings"
        receipt = self.run(self.harness.write(operation=operation, confirm="readback", **{name: value}), most_sends=6)
        if receipt is not None and receipt.state in (WriteState.CONFIRMED, WriteState.UNCHANGED):
            self.expected[name] = {value}
        elif receipt is None or receipt.state is not WriteState.PLANNED:
            self.expected[name] |= {value}

    @rule(desired=commanded, carried_out=st.booleans())
    def die(self, desired: dict[str, Any], *, carried_out: bool) -> None:
        """The process is killed while it sends."""
        self.vendor.fates = [(Killed(), carried_out, 0.0)]  # type: ignore[list-item]
        self.run(self.harness.command(**desired), most_sends=2)
        self.harness.start()

    @rule(fates=fates, confirm=st.sampled_from(["accepted", "readback"]))
    def release(self, fates: Any, confirm: str) -> None:
        """At any time, with any answers."""
        self.vendor.fates = fates
        self.run(self.harness.release(confirm=confirm), most_sends=3)

    @rule(carried_out=st.booleans())
    def die_releasing(self, *, carried_out: bool) -> None:
        """The process is killed while it sends a release."""
        self.vendor.fates = [(Killed(), carried_out, 0.0)]  # type: ignore[list-item]
        self.run(self.harness.release(), most_sends=1)
        self.harness.start()

    @rule()
    def rehearse_release(self) -> None:
        """A dry run of a release sends nothing."""
        self.run(self.harness.release(dry_run=True), most_sends=0)

    @rule(failures=st.lists(st.sampled_from([None, Timeout("slow"), ServiceUnavailable("503")]), max_size=6))
    def fail_to_read(self, failures: Any) -> None:
        """The next reads fail, also those that would show what became of a write."""
        self.vendor.read_errors = list(failures)

    @rule(name=st.sampled_from(FIELDS), data=st.data(), answer=answers, carried_out=st.booleans())
    def write_natively(self, name: str, data: Any, answer: Any, *, carried_out: bool) -> None:
        """By the vendor's own call, which nobody releases, once nothing of ours is on its way any more."""
        self.clock.advance(LONGEST_DELAY_S)
        value = data.draw(theirs[name])
        done = answer is None or (carried_out and not isinstance(answer, WriteRejected))
        self.vendor.fates = [(answer, done, 0.0)]
        self.run(self.harness.native(lambda: self.vendor.send({name: value})), most_sends=1)
        if getattr(self.vendor.current_now(), name) == value:
            self.expected[name] = {value}

    @rule(name=st.sampled_from(FIELDS), data=st.data())
    def change_elsewhere(self, name: str, data: Any) -> None:
        """In the vendor's app, once nothing of ours is on its way any more: it stays."""
        self.clock.advance(LONGEST_DELAY_S)
        value = data.draw(theirs[name])
        self.vendor.page = evolve(self.vendor.current_now(), **{name: value})
        self.expected[name] = {value}

    @rule(by=jumps)
    def set_clock(self, by: timedelta) -> None:
        """NTP after boot, or a battery that is empty."""
        self.clock.jump(by)

    @rule(hours=st.integers(0, 48))
    def restart_later(self, hours: int) -> None:
        """Start again with what is remembered."""
        self.clock.advance(timedelta(hours=hours))
        self.harness.start()

    @rule(desired=commanded)
    def rehearse(self, desired: dict[str, Any]) -> None:
        """A dry run sends nothing."""
        self.run(self.harness.command(dry_run=True, **desired), most_sends=0)

    @rule()
    def everything_is_released(self) -> None:
        """Repeated until it says done, a release leaves every field as it was, or as somebody else has set it."""
        self.vendor.read_errors = []
        for _ in range(4):
            if not self.harness.writer.store.points():
                break
            self.run(self.harness.release(confirm="readback"), most_sends=3)
            self.clock.advance(LONGEST_DELAY_S)
        assert self.harness.writer.store.points() == []
        page = self.vendor.current_now()
        for name in FIELDS:
            assert getattr(page, name) in self.expected[name], name
            self.expected[name] = {getattr(page, name)}

    def teardown(self) -> None:
        if hasattr(self, "harness"):
            self.everything_is_released()

    @invariant()
    def whatever_we_set_can_be_released(self) -> None:
        """A field that holds what a command wrote has its restore point."""
        page = self.vendor.current_now()
        owned = {name for _, _, point in self.harness.writer.store.points() for name in point.fields}
        if page.window in ("22-06", "10-14"):
            assert "window" in owned
        if page.reserve in (60, 80):
            assert "reserve" in owned


def test_any_sequence(make_harness: Any) -> None:
    """No sequence strands a field, sends twice, hangs, or leaves a write out of the audit."""
    # `nox -s kills` runs others each time.
    examples = int(os.environ.get("OPENPOWER_SEQUENCES", "0"))
    machine = type("Machine", (Machine,), {"make_harness": staticmethod(make_harness)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples or 100,
            stateful_step_count=25 if examples else 20,
            deadline=None,
            derandomize=not examples,
            database=None,
        ),
    )
