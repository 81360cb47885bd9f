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
    RequestError,
    ServiceUnavailable,
    Timeout,
    Veto,
    WriteBudgetExhausted,
    WriteNotConfirmed,
    WriteRejected,
)
from openpower_core.secrets import Secret
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from collections.abc import Callable


async def test_accepted_is_where_a_write_returns_by_default(bench: Any) -> None:
    """The vendor took it, nobody has looked."""
    receipt = await bench.write(window="22-06")

    assert receipt.state is WriteState.ACCEPTED
    assert [page.window for page in bench.sent] == ["22-06"]
    assert receipt.calls[0].arguments["sysSn"] == "AL70110230300001"


async def test_a_read_back_confirms_after_the_settle_time(bench: Any) -> None:
    """The vendor needs 25 s; looking begins after the settle time of 10 s."""
    bench.vendor.delay = timedelta(seconds=25)
    before = bench.clock.now()

    receipt = await bench.write(window="22-06", confirm="readback")

    assert receipt.state is WriteState.CONFIRMED
    assert bench.clock.now() - before == timedelta(seconds=25)


async def test_adjustments_say_where_the_vendor_only_comes_near(bench: Any) -> None:
    """12 % is snapped to the grid of 5 %."""
    receipt = await bench.write(reserve=12)

    (adjustment,) = receipt.adjustments
    assert (adjustment.field, adjustment.asked, adjustment.got) == ("reserve_soc_pct", 12, 10)


async def test_a_dry_run_reads_asks_the_guards_and_sends_nothing(bench: Any) -> None:
    """The plan shows what was before, what would be after, and the native calls."""
    receipt = await bench.write(window="22-06", dry_run=True)

    (plan,) = bench.hooks.plans
    assert receipt.state is WriteState.PLANNED
    assert receipt.calls[0].method == "set_page"
    assert (plan.before.window, plan.after.window, plan.dry_run) == ("", "22-06", True)
    assert bench.sent == []
    assert bench.writer.store.audit() == []


async def test_the_same_write_twice_sends_nothing_the_second_time(bench: Any) -> None:
    """Also while the first one is not visible yet, and after it is."""
    bench.vendor.delay = timedelta(seconds=30)
    await bench.write(window="22-06")

    pending = await bench.write(window="22-06")
    bench.clock.advance(31)
    visible = await bench.write(window="22-06")

    assert pending.state is visible.state is WriteState.UNCHANGED
    assert "does not show yet" in pending.note
    assert len(bench.sent) == 1


async def test_asking_for_a_read_back_of_a_pending_write_waits_for_that_one(bench: Any) -> None:
    """It sends nothing, and still tells whether it came to hold."""
    bench.vendor.deaf = True
    await bench.write(window="22-06")

    with pytest.raises(WriteNotConfirmed):
        await bench.write(window="22-06", confirm="readback")
    assert len(bench.sent) == 1


async def test_another_wish_builds_on_a_write_that_does_not_show_yet(bench: Any) -> None:
    """Else a stale read would undo the first change."""
    bench.vendor.delay = timedelta(seconds=30)
    await bench.write(window="22-06")

    await bench.write(reserve=20)

    assert (bench.sent[-1].window, bench.sent[-1].reserve) == ("22-06", 20)


async def test_accepted_but_ignored_ends_as_not_applied(bench: Any) -> None:
    """The error says so, with the document's hint, once the settle time is over."""
    bench.vendor.deaf = True

    with pytest.raises(WriteNotConfirmed) as caught:
        await bench.write(window="22-06", confirm="readback")
    assert caught.value.receipt is not None
    assert caught.value.receipt.state is WriteState.NOT_APPLIED
    assert caught.value.hint == "Your region may have moved."
    assert caught.value.device_id == "AL70110230300001/battery"


async def test_confirm_returns_what_a_read_back_would_raise(bench: Any) -> None:
    """``confirm`` gives the receipt in its new state."""
    bench.vendor.deaf = True
    receipt = await bench.write(window="22-06")

    assert (await bench.confirm(receipt)).state is WriteState.NOT_APPLIED


async def test_a_late_settle_is_still_seen(bench: Any) -> None:
    """NOT_APPLIED is what was known; looking again may find it."""
    bench.vendor.delay = timedelta(seconds=90)
    receipt = await bench.confirm(await bench.write(window="22-06"))
    bench.clock.advance(60)

    assert receipt.state is WriteState.NOT_APPLIED
    assert (await bench.confirm(receipt)).state is WriteState.CONFIRMED


async def test_what_was_seen_once_stays_confirmed(bench: Any) -> None:
    """Another one has looked, and then somebody changed it."""
    receipt = await bench.write(window="22-06")
    await bench.confirm(receipt)
    bench.clock.advance(3600)
    bench.vendor.page = evolve(bench.vendor.page, window="00-05")

    assert (await bench.confirm(receipt)).state is WriteState.CONFIRMED


async def test_waiting_for_an_earlier_write_is_told_under_its_own_id(bench: Any) -> None:
    """The audit has one write, accepted and then confirmed."""
    first = await bench.write(window="22-06")
    bench.vendor._coming.clear()
    bench.vendor._coming.append((bench.clock.now() + timedelta(seconds=20), bench.sent[0]))
    second = await bench.write(window="22-06", confirm="readback")

    lines = bench.writer.store.audit()
    assert [(line["id"], line["outcome"]) for line in lines] == [
        (first.id, "accepted"),
        (first.id, "confirmed"),
    ]
    assert (second.state, second.id != first.id) == (WriteState.UNCHANGED, True)


async def test_a_short_time_out_leaves_the_question_open(bench: Any) -> None:
    """Not seen in time is not NOT_APPLIED."""
    bench.vendor.delay = timedelta(seconds=30)
    receipt = await bench.write(window="22-06")

    early = await bench.confirm(receipt, timeout=timedelta(seconds=12))
    late = await bench.confirm(early)

    assert early.state is WriteState.UNVERIFIABLE
    assert late.state is WriteState.CONFIRMED


async def test_what_cannot_be_seen_is_unverifiable_at_once(bench: Any) -> None:
    """There is nothing to wait for."""
    bench.vendor.blind = True

    receipt = await bench.write(window="22-06", confirm="readback")

    assert receipt.state is WriteState.UNVERIFIABLE
    assert bench.vendor.reads == 2


async def test_failing_reads_while_settling_are_not_taken_for_a_difference(bench: Any) -> None:
    """The read-back goes on, and finds it."""
    bench.vendor.read_errors = [None, ServiceUnavailable("x"), Timeout("y")]

    receipt = await bench.write(window="22-06", confirm="readback")

    assert receipt.state is WriteState.CONFIRMED


async def test_never_readable_is_unverifiable(bench: Any) -> None:
    """Could not read is not differs."""
    bench.vendor.read_errors = [None, *[ServiceUnavailable("x")] * 50]

    receipt = await bench.write(window="22-06", confirm="readback")

    assert receipt.state is WriteState.UNVERIFIABLE
    assert "could not be read back" in receipt.note


async def test_a_failed_read_never_causes_a_write(bench: Any) -> None:
    """The error of the read is the error of the call."""
    bench.vendor.read_errors = [ServiceUnavailable("maintenance")]

    with pytest.raises(ServiceUnavailable):
        await bench.write(window="22-06")
    assert bench.sent == []


@pytest.mark.parametrize("applied", [True, False])
async def test_a_lost_answer_is_settled_by_reading(bench: Any, applied: bool) -> None:
    """It is CONFIRMED or NOT_APPLIED, and never sent again."""
    bench.vendor.send_errors = [Timeout("no answer")]
    bench.vendor.applies_despite_error = applied

    if applied:
        assert (await bench.write(window="22-06")).state is WriteState.CONFIRMED
    else:
        with pytest.raises(WriteNotConfirmed) as caught:
            await bench.write(window="22-06")
        assert isinstance(caught.value.__cause__, Timeout)
    assert len(bench.sent) == 1


async def test_what_never_left_costs_no_budget(make_bench: Callable[..., Any]) -> None:
    """The error is the network's own, and the next write may go at once."""
    bench = make_bench(limits=evolve(_limits(), per_day=1))
    bench.vendor.send_errors = [NetworkError("unreachable", nothing_sent=True)]

    with pytest.raises(NetworkError):
        await bench.write(window="22-06")
    assert (await bench.write(window="22-06")).state is WriteState.ACCEPTED


async def test_a_refusal_is_write_rejected(bench: Any) -> None:
    """With the receipt, the vendor's code, and nothing read back."""
    bench.vendor.send_errors = [RequestError("Parameter Error", vendor_code="10001")]

    with pytest.raises(WriteRejected) as caught:
        await bench.write(window="22-06")
    assert caught.value.vendor_code == "10001"
    assert caught.value.receipt is not None
    assert caught.value.receipt.state is WriteState.NOT_APPLIED
    assert bench.vendor.reads == 1


async def test_who_may_not_log_in_learns_just_that(bench: Any) -> None:
    """Errors of another kind keep theirs."""
    bench.vendor.send_errors = [AuthenticationFailed("wrong")]

    with pytest.raises(AuthenticationFailed):
        await bench.write(window="22-06")


async def test_one_refused_call_of_several_is_settled_by_reading(
    make_bench: Callable[..., Any],
) -> None:
    """The calls before it may have worked, so a refusal proves nothing."""
    bench = make_bench(call_count=2)
    bench.vendor.send_errors = [RequestError("second call refused")]
    bench.vendor.applies_despite_error = True

    assert (await bench.write(window="22-06")).state is WriteState.CONFIRMED


async def test_a_veto_keeps_its_reason_and_gets_the_receipt(bench: Any) -> None:
    """Nothing is sent, and the audit has it."""
    bench.hooks.veto = Veto("not while the car charges")

    with pytest.raises(Veto, match="not while the car charges") as caught:
        await bench.write(window="22-06")
    assert caught.value.receipt is not None
    assert caught.value.receipt.state is WriteState.PLANNED
    assert caught.value.device_id == "AL70110230300001/battery"
    assert bench.sent == []
    assert [line["outcome"] for line in bench.writer.store.audit()] == ["vetoed"]


async def test_a_guard_that_crashes_blocks_the_write(bench: Any) -> None:
    """Whoever cannot judge must not let it pass."""
    bench.hooks.veto = ZeroDivisionError("oops")

    with pytest.raises(Veto, match="ZeroDivisionError") as caught:
        await bench.write(window="22-06")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert bench.sent == []


async def test_sinks_learn_the_outcome_and_cannot_spoil_it(bench: Any) -> None:
    """A sink that raises changes nothing."""
    bench.hooks.sink_error = RuntimeError("sink")

    receipt = await bench.write(window="22-06", confirm="readback")

    assert receipt.state is WriteState.CONFIRMED
    assert [each.state for each in bench.hooks.receipts] == [WriteState.CONFIRMED]


async def test_the_second_write_of_a_day_is_held(make_bench: Callable[..., Any]) -> None:
    """With the time when it may be tried again, and nothing sent."""
    bench = make_bench(limits=evolve(_limits(), per_day=1))
    first = await bench.write(window="22-06")

    with pytest.raises(WriteBudgetExhausted) as caught:
        await bench.write(window="23-06")
    assert caught.value.retry_at == first.at + timedelta(days=1)
    assert caught.value.receipt is not None
    assert caught.value.receipt.state is WriteState.HELD
    assert caught.value.receipt.retry_at == caught.value.retry_at
    assert len(bench.sent) == 1


async def test_a_held_write_goes_when_its_time_has_come(make_bench: Callable[..., Any]) -> None:
    """``retry_at`` is right to the moment."""
    bench = make_bench(limits=evolve(_limits(), per_day=1))
    await bench.write(window="22-06")
    bench.clock.advance(timedelta(days=1))

    assert (await bench.write(window="23-06")).state is WriteState.ACCEPTED


async def test_a_short_pace_is_waited_for_with_a_fresh_look_after_it(
    make_bench: Callable[..., Any],
) -> None:
    """Two writes within ten seconds: the second one waits."""
    bench = make_bench(limits=evolve(_limits(), min_interval=timedelta(seconds=10)))
    first = await bench.write(window="22-06")
    reads = bench.vendor.reads

    second = await bench.write(window="23-06")

    assert second.state is WriteState.ACCEPTED
    assert bench.clock.now() == first.at + timedelta(seconds=10)
    assert bench.vendor.reads == reads + 2


async def test_a_long_pace_is_held(make_bench: Callable[..., Any]) -> None:
    """Five minutes are not waited for."""
    bench = make_bench(limits=evolve(_limits(), min_interval=timedelta(minutes=5)))
    await bench.write(window="22-06")

    with pytest.raises(WriteBudgetExhausted):
        await bench.write(window="23-06")


async def test_a_dry_run_tells_when_the_budget_would_allow_it(
    make_bench: Callable[..., Any],
) -> None:
    """Without spending anything of it."""
    bench = make_bench(limits=evolve(_limits(), per_day=1))
    first = await bench.write(window="22-06")

    plan = await bench.write(window="23-06", dry_run=True)

    assert plan.state is WriteState.PLANNED
    assert plan.retry_at == first.at + timedelta(days=1)


async def test_a_foreign_change_is_seen_and_merged(bench: Any) -> None:
    """Our own write is over once anything visible differs."""
    await bench.write(window="22-06", confirm="readback")
    bench.clock.advance(3600)
    bench.vendor.page = evolve(bench.vendor.page, reserve=40)

    await bench.write(window="23-06")

    assert (bench.sent[-1].window, bench.sent[-1].reserve) == ("23-06", 40)


async def test_write_only_flags_count_as_equal_while_our_write_stands(bench: Any) -> None:
    """At first contact nobody knows the flag, so it is sent; then it is known."""
    first = await bench.write(flag=True)
    second = await bench.write(flag=True)
    other = await bench.write(flag=False)

    assert [first.state, second.state, other.state] == ["accepted", "unchanged", "accepted"]


async def test_write_only_flags_are_unknown_after_a_foreign_change(bench: Any) -> None:
    """Also when the visible part later looks as we had left it."""
    await bench.write(flag=True, window="22-06", confirm="readback")
    ours = bench.vendor.page
    bench.vendor.page = evolve(ours, window="00-05", flag=False)
    await bench.write(window="00-05", flag=True)
    bench.clock.advance(600)
    bench.vendor.page = evolve(ours, flag=False)

    receipt = await bench.write(window="22-06", flag=True)

    assert receipt.state is WriteState.ACCEPTED
    assert bench.vendor.now_held().flag is True


async def test_unknown_words_for_confirm_are_refused_before_anything(bench: Any) -> None:
    """A misspelling must not send anything."""
    with pytest.raises(InvalidValue):
        await bench.write(window="22-06", confirm="yes")
    assert bench.vendor.reads == 0


async def test_a_receipt_of_another_device_is_refused(bench: Any) -> None:
    """Receipts name their device."""
    receipt = await bench.write(window="22-06")

    with pytest.raises(InvalidValue):
        await bench.confirm(evolve(receipt, device_id="other/battery"))


async def test_what_was_not_sent_needs_no_confirmation(bench: Any) -> None:
    """A plan stays a plan."""
    plan = await bench.write(window="22-06", dry_run=True)

    assert await bench.confirm(plan) is plan


def _limits() -> Any:
    from openpower_core.capabilities import WriteLimits

    return WriteLimits(
        settle=timedelta(seconds=10),
        settle_timeout=timedelta(seconds=60),
        poll=timedelta(seconds=5),
    )


async def test_an_invisible_write_whose_answer_was_lost_may_be_asked_for_again(
    bench: Any,
) -> None:
    """Nobody can tell whether it holds, so the same wish is no proof that nothing is to do."""
    bench.vendor.blind = True
    bench.vendor.send_errors = [Timeout("lost")]
    lost = await bench.command(window="22-06")
    again = await bench.command(window="22-06")
    third = await bench.command(window="22-06")

    assert [lost.state, again.state, third.state] == ["unverifiable", "accepted", "unchanged"]


async def test_an_invisible_command_can_be_released(bench: Any) -> None:
    """Our own record is all there is, and it stands."""
    bench.vendor.blind = True
    await bench.command(window="22-06")

    await bench.release()

    assert bench.vendor.now_held().window == ""


async def test_a_write_that_is_interrupted_is_settled_by_the_next_one(bench: Any) -> None:
    """Nobody knows whether it arrived, so the next one waits and looks before it sends."""
    bench.vendor.send_errors = [KeyboardInterrupt()]
    bench.vendor.applies_despite_error = True
    bench.vendor.delay = timedelta(seconds=30)
    with pytest.raises(KeyboardInterrupt):
        await bench.write(window="22-06")

    receipt = await bench.write(window="22-06")

    assert receipt.state is WriteState.UNCHANGED
    assert len(bench.sent) == 1


async def test_one_refused_call_of_several_that_changed_nothing_is_a_refusal(
    make_bench: Callable[..., Any],
) -> None:
    """Once reading has shown it."""
    bench = make_bench(call_count=2)
    bench.vendor.send_errors = [RequestError("no", vendor_code="6001")]

    with pytest.raises(WriteRejected) as caught:
        await bench.write(window="22-06")
    assert caught.value.vendor_code == "6001"


async def test_secrets_are_refused_before_anything_is_sent(bench: Any) -> None:
    """They must not reach the state folder."""
    made: list[int] = []
    arguments = {"password": Secret("hunter2")}

    async def login() -> None:
        result = bench.writer.native.send(
            _info(bench), "login", arguments, lambda: made.append(1), budget="x"
        )
        if bench.flavour == "async":
            await result

    with pytest.raises(TypeError):
        await login()
    assert made == []
    assert "hunter2" not in str(bench.writer.store.audit())


def _info(bench: Any) -> Any:
    return next(iter(bench.writer._releaser._documents.values()))[0]
