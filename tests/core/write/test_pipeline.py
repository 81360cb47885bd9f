"""Every arrow of the pipeline, in both flavours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from openpower_core.errors import (
    AuthenticationFailed,
    InvalidValue,
    NetworkError,
    ServiceUnavailable,
    Timeout,
    Veto,
    WriteBudgetExhausted,
    WriteNotConfirmed,
    WriteRejected,
)
from openpower_core.secrets import Secret
from openpower_core.writes import CallFate, WriteState

if TYPE_CHECKING:
    from collections.abc import Callable


async def test_accepted_is_where_a_write_returns_by_default(harness: Any) -> None:
    """The vendor accepted it; it has not been read back."""
    receipt = await harness.write(window="22-06")

    assert receipt.state is WriteState.ACCEPTED
    assert [page.window for page in harness.sent] == ["22-06"]
    assert receipt.calls[0].arguments["sysSn"] == "AL70110230300001"


async def test_a_read_back_confirms_after_the_settle_time(harness: Any) -> None:
    """The vendor needs 25 s; looking begins after the settle time of 10 s, at growing distance from 5 s on."""
    harness.vendor.delay = timedelta(seconds=25)
    before = harness.clock.now()

    receipt = await harness.write(window="22-06", confirm="readback")

    assert receipt.state is WriteState.CONFIRMED
    assert harness.clock.now() - before == timedelta(seconds=10 + 5 + 5 * 1.25 + 5 * 1.25**2)


async def test_adjustments_say_where_the_vendor_only_comes_near(harness: Any) -> None:
    """12 % is snapped to the grid of 5 %."""
    receipt = await harness.write(reserve=12)

    (adjustment,) = receipt.adjustments
    assert (adjustment.field, adjustment.asked, adjustment.got) == ("reserve_soc_pct", 12, 10)


async def test_a_dry_run_reads_asks_the_guards_and_sends_nothing(harness: Any) -> None:
    """The plan shows what was before, what would be after, and the native calls."""
    receipt = await harness.write(window="22-06", dry_run=True)

    (plan,) = harness.hooks.plans
    assert receipt.state is WriteState.PLANNED
    assert receipt.calls[0].method == "set_page"
    assert (plan.before.window, plan.after.window, plan.dry_run) == ("", "22-06", True)
    assert harness.sent == []
    assert harness.writer.store.audit() == []


async def test_the_same_write_twice_sends_nothing_the_second_time(harness: Any) -> None:
    """Also while the first one is not visible yet, and after it is."""
    harness.vendor.delay = timedelta(seconds=30)
    await harness.write(window="22-06")

    pending = await harness.write(window="22-06")
    harness.clock.advance(31)
    visible = await harness.write(window="22-06")

    assert pending.state is visible.state is WriteState.UNCHANGED
    assert "does not show yet" in pending.note
    assert len(harness.sent) == 1


async def test_asking_for_a_read_back_of_a_pending_write_waits_for_that_one(harness: Any) -> None:
    """It sends nothing, and still reports whether it was applied."""
    harness.vendor.deaf = True
    await harness.write(window="22-06")

    with pytest.raises(WriteNotConfirmed):
        await harness.write(window="22-06", confirm="readback")
    assert len(harness.sent) == 1


async def test_another_command_builds_on_a_write_that_does_not_show_yet(harness: Any) -> None:
    """Else a stale read would undo the first change."""
    harness.vendor.delay = timedelta(seconds=30)
    await harness.write(window="22-06")

    await harness.write(reserve=20)

    assert (harness.sent[-1].window, harness.sent[-1].reserve) == ("22-06", 20)


async def test_accepted_but_ignored_ends_as_not_applied(harness: Any) -> None:
    """The error says so, with the document's hint, once the settle time is over."""
    harness.vendor.deaf = True

    with pytest.raises(WriteNotConfirmed) as caught:
        await harness.write(window="22-06", confirm="readback")
    assert caught.value.receipt is not None
    assert caught.value.receipt.state is WriteState.NOT_APPLIED
    assert caught.value.hint == "Your region may have moved."
    assert caught.value.device_id == "AL70110230300001/battery"


async def test_confirm_returns_what_a_read_back_would_raise(harness: Any) -> None:
    """``confirm`` gives the receipt in its new state."""
    harness.vendor.deaf = True
    receipt = await harness.write(window="22-06")

    assert (await harness.confirm(receipt)).state is WriteState.NOT_APPLIED


async def test_a_late_settle_is_still_seen(harness: Any) -> None:
    """NOT_APPLIED is what was known; looking again may find it."""
    harness.vendor.delay = timedelta(seconds=90)
    receipt = await harness.confirm(await harness.write(window="22-06"))
    harness.clock.advance(60)

    assert receipt.state is WriteState.NOT_APPLIED
    assert (await harness.confirm(receipt)).state is WriteState.CONFIRMED


async def test_what_was_seen_once_stays_confirmed(harness: Any) -> None:
    """It was seen by another process, and then changed."""
    receipt = await harness.write(window="22-06")
    await harness.confirm(receipt)
    harness.clock.advance(3600)
    harness.vendor.page = evolve(harness.vendor.page, window="00-05")

    assert (await harness.confirm(receipt)).state is WriteState.CONFIRMED


async def test_waiting_for_an_earlier_write_is_reported_under_its_own_id(harness: Any) -> None:
    """The audit has one write, accepted and then confirmed."""
    first = await harness.write(window="22-06")
    harness.vendor._coming.clear()
    harness.vendor._coming.append((harness.clock.monotonic() + 20, {"window": "22-06"}))
    second = await harness.write(window="22-06", confirm="readback")

    lines = harness.writer.store.audit()
    assert [(line["id"], line["outcome"]) for line in lines] == [
        (first.id, "sending"),
        (first.id, "accepted"),
        (first.id, "confirmed"),
    ]
    assert (second.state, second.id != first.id) == (WriteState.UNCHANGED, True)


async def test_a_short_time_out_leaves_the_question_open(harness: Any) -> None:
    """Not seen in time is not NOT_APPLIED."""
    harness.vendor.delay = timedelta(seconds=30)
    receipt = await harness.write(window="22-06")

    early = await harness.confirm(receipt, timeout=timedelta(seconds=12))
    late = await harness.confirm(early)

    assert early.state is WriteState.UNVERIFIABLE
    assert late.state is WriteState.CONFIRMED


async def test_what_cannot_be_seen_is_unverifiable_at_once(harness: Any) -> None:
    """There is nothing to wait for."""
    harness.vendor.blind = True

    receipt = await harness.write(window="22-06", confirm="readback")

    assert receipt.state is WriteState.UNVERIFIABLE
    assert harness.vendor.reads == 2


async def test_failing_reads_while_settling_are_not_taken_for_a_difference(harness: Any) -> None:
    """The read-back goes on, and finds it."""
    harness.vendor.read_errors = [None, ServiceUnavailable("x"), Timeout("y")]

    receipt = await harness.write(window="22-06", confirm="readback")

    assert receipt.state is WriteState.CONFIRMED


async def test_never_readable_is_unverifiable(harness: Any) -> None:
    """Could not read is not differs."""
    harness.vendor.read_errors = [None, *[ServiceUnavailable("x")] * 50]

    receipt = await harness.write(window="22-06", confirm="readback")

    assert receipt.state is WriteState.UNVERIFIABLE
    assert "could not be read back" in receipt.note


async def test_a_failed_read_never_causes_a_write(harness: Any) -> None:
    """The error of the read is the error of the call."""
    harness.vendor.read_errors = [ServiceUnavailable("maintenance")]

    with pytest.raises(ServiceUnavailable):
        await harness.write(window="22-06")
    assert harness.sent == []


@pytest.mark.parametrize("applied", [True, False])
async def test_a_lost_answer_is_settled_by_reading(harness: Any, applied: bool) -> None:
    """It is CONFIRMED or NOT_APPLIED, and never sent again."""
    harness.vendor.send_errors = [Timeout("no answer")]
    harness.vendor.applies_despite_error = applied

    if applied:
        assert (await harness.write(window="22-06")).state is WriteState.CONFIRMED
    else:
        with pytest.raises(WriteNotConfirmed) as caught:
            await harness.write(window="22-06")
        assert isinstance(caught.value.__cause__, Timeout)
    assert len(harness.sent) == 1


async def test_what_never_left_costs_no_budget(make_harness: Callable[..., Any]) -> None:
    """The error is the network's own, and the next write may go at once."""
    harness = make_harness(limits=evolve(_limits(), per_day=1))
    harness.vendor.send_errors = [NetworkError("unreachable", nothing_sent=True)]

    with pytest.raises(NetworkError):
        await harness.write(window="22-06")
    assert (await harness.write(window="22-06")).state is WriteState.ACCEPTED


async def test_a_refusal_is_write_rejected(harness: Any) -> None:
    """With the receipt, the vendor's code, and nothing read back."""
    harness.vendor.send_errors = [WriteRejected("Parameter Error", vendor_code="10001")]

    with pytest.raises(WriteRejected) as caught:
        await harness.write(window="22-06")
    assert caught.value.vendor_code == "10001"
    assert caught.value.receipt is not None
    assert caught.value.receipt.state is WriteState.NOT_APPLIED
    assert harness.vendor.reads == 1


async def test_who_may_not_log_in_learns_just_that(harness: Any) -> None:
    """Errors of another kind keep theirs."""
    harness.vendor.send_errors = [AuthenticationFailed("wrong")]

    with pytest.raises(AuthenticationFailed):
        await harness.write(window="22-06")


async def test_one_refused_call_of_several_is_settled_by_reading(make_harness: Callable[..., Any]) -> None:
    """The calls before it may have worked, so a refusal proves nothing."""
    harness = make_harness(split=True)
    harness.vendor.send_errors = [None, WriteRejected("second call refused")]
    harness.vendor.applies_despite_error = True

    receipt = await harness.write(window="22-06", reserve=20)

    assert receipt.state is WriteState.CONFIRMED
    assert [call.fate for call in receipt.calls] == [CallFate.ACCEPTED, CallFate.REFUSED, CallFate.NOT_SENT]


async def test_a_veto_keeps_its_reason_and_gets_the_receipt(harness: Any) -> None:
    """Nothing is sent, and the audit has it."""
    harness.hooks.veto = Veto("not while the car charges")

    with pytest.raises(Veto, match="not while the car charges") as caught:
        await harness.write(window="22-06")
    assert caught.value.receipt is not None
    assert caught.value.receipt.state is WriteState.PLANNED
    assert caught.value.device_id == "AL70110230300001/battery"
    assert harness.sent == []
    assert [line["outcome"] for line in harness.writer.store.audit()] == ["vetoed"]


async def test_a_guard_that_crashes_blocks_the_write(harness: Any) -> None:
    """A guard that cannot judge must not let it pass."""
    harness.hooks.veto = ZeroDivisionError("oops")

    with pytest.raises(Veto, match="ZeroDivisionError") as caught:
        await harness.write(window="22-06")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert harness.sent == []


async def test_sinks_learn_the_outcome_and_cannot_spoil_it(harness: Any) -> None:
    """A sink that raises changes nothing."""
    harness.hooks.sink_error = RuntimeError("sink")

    receipt = await harness.write(window="22-06", confirm="readback")

    assert receipt.state is WriteState.CONFIRMED
    assert [each.state for each in harness.hooks.receipts] == [WriteState.CONFIRMED]


async def test_the_second_write_of_a_day_is_postponed(make_harness: Callable[..., Any]) -> None:
    """With the time when it may be tried again, and nothing sent."""
    harness = make_harness(limits=evolve(_limits(), per_day=1))
    first = await harness.write(window="22-06")

    with pytest.raises(WriteBudgetExhausted) as caught:
        await harness.write(window="23-06")
    assert caught.value.retry_at == first.at + timedelta(days=1)
    assert caught.value.receipt is not None
    assert caught.value.receipt.state is WriteState.HELD
    assert caught.value.receipt.retry_at == caught.value.retry_at
    assert len(harness.sent) == 1


async def test_a_postponed_write_goes_when_its_time_has_come(make_harness: Callable[..., Any]) -> None:
    """``retry_at`` is exact."""
    harness = make_harness(limits=evolve(_limits(), per_day=1))
    await harness.write(window="22-06")
    harness.clock.advance(timedelta(days=1))

    assert (await harness.write(window="23-06")).state is WriteState.ACCEPTED


async def test_a_short_pace_is_waited_for_with_a_fresh_look_after_it(make_harness: Callable[..., Any]) -> None:
    """Two writes within ten seconds: the second one waits."""
    harness = make_harness(limits=evolve(_limits(), min_interval=timedelta(seconds=10)))
    first = await harness.write(window="22-06")
    reads = harness.vendor.reads

    second = await harness.write(window="23-06")

    assert second.state is WriteState.ACCEPTED
    assert harness.clock.now() == first.at + timedelta(seconds=10)
    assert harness.vendor.reads == reads + 2


async def test_a_long_pace_is_kept(make_harness: Callable[..., Any]) -> None:
    """Five minutes are not waited for."""
    harness = make_harness(limits=evolve(_limits(), min_interval=timedelta(minutes=5)))
    await harness.write(window="22-06")

    with pytest.raises(WriteBudgetExhausted):
        await harness.write(window="23-06")


async def test_a_dry_run_tells_when_the_budget_would_allow_it(make_harness: Callable[..., Any]) -> None:
    """Without spending anything of it."""
    harness = make_harness(limits=evolve(_limits(), per_day=1))
    first = await harness.write(window="22-06")

    plan = await harness.write(window="23-06", dry_run=True)

    assert plan.state is WriteState.PLANNED
    assert plan.retry_at == first.at + timedelta(days=1)


async def test_a_foreign_change_is_seen_and_merged(harness: Any) -> None:
    """Our own write is over once anything visible differs."""
    await harness.write(window="22-06", confirm="readback")
    harness.clock.advance(3600)
    harness.vendor.page = evolve(harness.vendor.page, reserve=40)

    await harness.write(window="23-06")

    assert (harness.sent[-1].window, harness.sent[-1].reserve) == ("23-06", 40)


async def test_write_only_flags_count_as_equal_while_our_write_stands(harness: Any) -> None:
    """At first the flag is unknown, so it is sent; then it is known."""
    first = await harness.write(flag=True)
    second = await harness.write(flag=True)
    other = await harness.write(flag=False)

    assert [first.state, second.state, other.state] == ["accepted", "unchanged", "accepted"]


async def test_write_only_flags_are_unknown_after_a_foreign_change(harness: Any) -> None:
    """Also when the visible part later looks as we had left it."""
    await harness.write(flag=True, window="22-06", confirm="readback")
    ours = harness.vendor.page
    harness.vendor.page = evolve(ours, window="00-05", flag=False)
    await harness.write(window="00-05", flag=True)
    harness.clock.advance(600)
    harness.vendor.page = evolve(ours, flag=False)

    receipt = await harness.write(window="22-06", flag=True)

    assert receipt.state is WriteState.ACCEPTED
    assert harness.vendor.current_now().flag is True


async def test_unknown_words_for_confirm_are_refused_before_anything(harness: Any) -> None:
    """A misspelling must not send anything."""
    with pytest.raises(InvalidValue):
        await harness.write(window="22-06", confirm="yes")
    assert harness.vendor.reads == 0


async def test_a_receipt_of_another_device_is_refused(harness: Any) -> None:
    """Receipts name their device."""
    receipt = await harness.write(window="22-06")

    with pytest.raises(InvalidValue):
        await harness.confirm(evolve(receipt, device_id="other/battery"))


async def test_what_was_not_sent_needs_no_confirmation(harness: Any) -> None:
    """A plan stays a plan."""
    plan = await harness.write(window="22-06", dry_run=True)

    assert await harness.confirm(plan) is plan


def _limits() -> Any:
    from openpower_core.capabilities import WriteLimits

    return WriteLimits(settle=timedelta(seconds=10), settle_timeout=timedelta(seconds=60), poll=timedelta(seconds=5))


async def test_an_invisible_write_whose_answer_was_lost_may_be_asked_for_again(harness: Any) -> None:
    """It is unknown whether it applies, so the same request may not be skipped."""
    harness.vendor.blind = True
    harness.vendor.send_errors = [Timeout("lost")]
    lost = await harness.command(window="22-06")
    again = await harness.command(window="22-06")
    third = await harness.command(window="22-06")

    assert [lost.state, again.state, third.state] == ["unverifiable", "accepted", "unchanged"]


async def test_an_invisible_command_can_be_released(harness: Any) -> None:
    """Only our own record exists, and it applies."""
    harness.vendor.blind = True
    await harness.command(window="22-06")

    await harness.release()

    assert harness.vendor.current_now().window == ""


async def test_a_write_that_is_interrupted_is_settled_by_the_next_one(harness: Any) -> None:
    """It is unknown whether it arrived, so the next one waits and reads before it sends."""
    harness.vendor.send_errors = [KeyboardInterrupt()]
    harness.vendor.applies_despite_error = True
    harness.vendor.delay = timedelta(seconds=30)
    with pytest.raises(KeyboardInterrupt):
        await harness.write(window="22-06")

    receipt = await harness.write(window="22-06")

    assert receipt.state is WriteState.UNCHANGED
    assert len(harness.sent) == 1


async def test_one_refused_call_of_several_that_changed_nothing_is_a_refusal(make_harness: Callable[..., Any]) -> None:
    """Once reading has shown it."""
    harness = make_harness(split=True)
    harness.vendor.send_errors = [WriteRejected("no", vendor_code="6001")]

    with pytest.raises(WriteRejected) as caught:
        await harness.write(window="22-06", reserve=20)
    assert caught.value.vendor_code == "6001"


async def test_secrets_are_refused_before_anything_is_sent(harness: Any) -> None:
    """They must not reach the state folder."""
    made: list[int] = []
    arguments = {"password": Secret("hunter2")}

    async def login() -> None:
        result = harness.writer.native.send(_info(harness), "login", arguments, lambda: made.append(1), budget="x")
        if harness.flavour == "async":
            await result

    with pytest.raises(TypeError):
        await login()
    assert made == []
    assert "hunter2" not in str(harness.writer.store.audit())


def _info(harness: Any) -> Any:
    return next(iter(harness.writer._releaser._documents.values()))[0]
