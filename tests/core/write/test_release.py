"""Restore points: what ``release`` puts back, and when it touches nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from openpower_core.errors import (
    InvalidValue,
    RequestError,
    Timeout,
    WriteBudgetExhausted,
    WriteNotConfirmed,
    WriteRejected,
)
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from collections.abc import Callable


async def test_release_puts_back_what_was_there(bench: Any) -> None:
    """The earlier schedule is back, and a second release finds that."""
    bench.vendor.page = evolve(bench.vendor.page, window="01-05")
    await bench.command(window="22-06")

    receipt = await bench.release(confirm="readback")

    assert receipt.state is WriteState.CONFIRMED
    assert receipt.operation == "release"
    assert receipt.calls[0].arguments["window"] == "01-05"
    assert bench.vendor.now_held().window == "01-05"
    again = await bench.release()
    assert again.state is WriteState.UNCHANGED
    assert "released at 2026-08-01 12:00 UTC already" in again.note
    assert len(bench.sent) == 2


async def test_a_release_is_over_once_something_else_was_written(bench: Any) -> None:
    """Then there is nothing to restore, and it says so."""
    await bench.command(window="22-06")
    await bench.release()
    await bench.write(window="01-05", operation="set_schedule")

    with pytest.raises(RequestError, match="nothing is known"):
        await bench.release()


async def test_without_a_restore_point_it_names_the_ways_out(bench: Any) -> None:
    """``state_dir=`` and ``auto()``."""
    with pytest.raises(RequestError) as caught:
        await bench.release()

    assert "state_dir=" in str(caught.value)
    assert "auto()" in str(caught.value)
    assert bench.vendor.reads == 0


async def test_release_touches_nothing_that_somebody_else_has_changed(bench: Any) -> None:
    """And says so; afterwards there is nothing to release any more."""
    await bench.command(window="22-06")
    bench.clock.advance(600)
    bench.vendor.page = evolve(bench.vendor.now_held(), window="00-03")

    receipt = await bench.release()

    assert receipt.state is WriteState.UNCHANGED
    assert "nothing was touched" in receipt.note
    assert len(bench.sent) == 1
    with pytest.raises(RequestError):
        await bench.release()


async def test_a_dry_release_shows_the_calls_and_keeps_the_restore_point(bench: Any) -> None:
    """Twice, because nothing changes."""
    await bench.command(window="22-06")

    first, second = await bench.release(dry_run=True), await bench.release(dry_run=True)

    assert first.state is second.state is WriteState.PLANNED
    assert first.calls[0].arguments["window"] == ""
    assert len(bench.sent) == 1


async def test_through_several_commands_the_first_state_comes_back(bench: Any) -> None:
    """Charge, then hold, then release."""
    bench.vendor.page = evolve(bench.vendor.page, window="01-05")
    await bench.command(window="22-06")
    await bench.command(window="06-16")

    await bench.release(confirm="readback")

    assert bench.vendor.now_held().window == "01-05"


async def test_a_lasting_change_survives_the_release(bench: Any) -> None:
    """The reserve was set while the command stood; release takes only the command back."""
    await bench.command(window="22-06")
    await bench.write(reserve=30, operation="apply_settings")

    await bench.release(confirm="readback")

    assert (bench.vendor.now_held().window, bench.vendor.now_held().reserve) == ("", 30)


async def test_a_new_schedule_leaves_nothing_to_release(bench: Any) -> None:
    """Whoever sets the schedule means it to last."""
    await bench.command(window="22-06")
    await bench.write(window="01-05", operation="set_schedule")

    with pytest.raises(RequestError):
        await bench.release()
    assert bench.vendor.now_held().window == "01-05"


async def test_keeping_what_a_command_set_leaves_nothing_to_release(bench: Any) -> None:
    """The same schedule, now meant to last: nothing is sent, and nothing comes back."""
    await bench.command(window="22-06")
    same = await bench.write(window="22-06", operation="set_schedule")

    assert same.state is WriteState.UNCHANGED
    with pytest.raises(RequestError):
        await bench.release()


async def test_what_the_vendor_refused_leaves_the_earlier_command_to_release(bench: Any) -> None:
    """The second command never held."""
    await bench.command(window="22-06")
    bench.vendor.send_errors = [RequestError("no")]
    with pytest.raises(WriteRejected):
        await bench.command(window="23-06")

    await bench.release(confirm="readback")

    assert bench.vendor.now_held().window == ""


async def test_what_was_ignored_leaves_the_earlier_command_to_release(bench: Any) -> None:
    """Accepted, and not applied."""
    await bench.command(window="22-06", confirm="readback")
    bench.vendor.deaf = True
    with pytest.raises(WriteNotConfirmed):
        await bench.command(window="23-06", confirm="readback")
    bench.vendor.deaf = False

    await bench.release(confirm="readback")

    assert bench.vendor.now_held().window == ""


async def test_a_release_that_was_ignored_can_be_tried_again(bench: Any) -> None:
    """The restore point comes back with NOT_APPLIED."""
    await bench.command(window="22-06", confirm="readback")
    bench.vendor.deaf = True
    with pytest.raises(WriteNotConfirmed):
        await bench.release(confirm="readback")
    bench.vendor.deaf = False

    receipt = await bench.release(confirm="readback")

    assert receipt.state is WriteState.CONFIRMED
    assert bench.vendor.now_held().window == ""


async def test_a_command_whose_answer_was_lost_can_be_released(bench: Any) -> None:
    """It did reach the vendor."""
    bench.vendor.send_errors = [Timeout("lost")]
    bench.vendor.applies_despite_error = True
    await bench.command(window="22-06")

    await bench.release(confirm="readback")

    assert bench.vendor.now_held().window == ""


async def test_release_right_after_the_command_undoes_what_does_not_show_yet(bench: Any) -> None:
    """The vendor shows the old state in both reads; the command is taken back all the same."""
    bench.vendor.delay = timedelta(seconds=20)
    await bench.command(window="22-06")

    receipt = await bench.release()
    bench.clock.advance(60)

    assert receipt.state is WriteState.ACCEPTED
    assert bench.vendor.now_held().window == ""


async def test_release_counts_in_the_budget(make_bench: Callable[..., Any]) -> None:
    """It is a write like any other."""
    bench = make_bench(limits=evolve(make_bench().document.limits, per_day=1))
    await bench.command(window="22-06")

    with pytest.raises(WriteBudgetExhausted):
        await bench.release()
    bench.clock.advance(timedelta(days=1))
    assert (await bench.release()).state is WriteState.ACCEPTED


async def test_flags_that_cannot_be_read_stand_until_a_native_write(bench: Any) -> None:
    """After one, nobody knows whether the vendor still holds the command."""
    await bench.command(window="22-06", flag=True)
    await bench.native(lambda: None)

    receipt = await bench.release()

    assert receipt.state is WriteState.UNCHANGED
    assert "nothing was touched" in receipt.note


async def test_a_native_write_of_another_document_does_not_matter(bench: Any) -> None:
    """Budgets name what is written to."""
    await bench.command(window="22-06", flag=True)
    await bench.native(lambda: None, budget="charger")

    assert (await bench.release()).state is WriteState.ACCEPTED


async def test_until_is_refused_where_nothing_would_release_it(bench: Any) -> None:
    """The error names the ways out; nothing is sent."""
    until = bench.clock.now() + timedelta(hours=6)

    with pytest.raises(InvalidValue, match="unattended=True"):
        await bench.command(window="22-06", until=until, unattended=False)
    assert bench.sent == []


async def test_a_dry_run_says_that_until_would_be_refused(bench: Any) -> None:
    """It shows the plan all the same."""
    until = bench.clock.now() + timedelta(hours=6)

    plan = await bench.command(window="22-06", until=until, unattended=False, dry_run=True)

    assert plan.release_due == until
    assert plan.recurs_at == until + timedelta(hours=18)
    assert "unattended=True" in plan.note


async def test_unattended_accepts_what_the_receipt_says(bench: Any) -> None:
    """When it has to be released, and when it comes back otherwise."""
    until = bench.clock.now() + timedelta(hours=6)

    receipt = await bench.command(window="22-06", until=until, unattended=True)

    assert receipt.state is WriteState.ACCEPTED
    assert (receipt.release_due, receipt.recurs_at) == (until, until + timedelta(hours=18))


async def test_the_same_command_with_a_later_end_only_moves_the_end(bench: Any) -> None:
    """Nothing is sent; the release is due later."""
    until = bench.clock.now() + timedelta(hours=6)
    await bench.command(window="22-06", until=until)
    bench.clock.advance(60)

    later = await bench.command(window="22-06", until=until + timedelta(hours=1))
    bench.clock.advance(timedelta(hours=6))

    assert (later.state, later.release_due) == (WriteState.UNCHANGED, until + timedelta(hours=1))
    assert await _release_due(bench) == []
    bench.clock.advance(timedelta(hours=1))
    assert len(await _release_due(bench)) == 1


async def test_release_due_releases_what_is_due_and_nothing_else(bench: Any) -> None:
    """Before its time, nothing happens."""
    until = bench.clock.now() + timedelta(hours=6)
    await bench.command(window="22-06", until=until)

    early = await _release_due(bench)
    bench.clock.advance(timedelta(hours=6))
    due = await _release_due(bench)

    assert early == []
    assert [each.state for each in due] == [WriteState.CONFIRMED]
    assert bench.vendor.now_held().window == ""
    assert await _release_due(bench) == []


async def test_a_budget_that_holds_the_release_back_is_told_at_once(
    make_bench: Callable[..., Any],
) -> None:
    """One write a day: the command may go, and its end comes late."""
    bench = make_bench(limits=evolve(make_bench().document.limits, per_day=1))
    until = bench.clock.now() + timedelta(hours=6)

    receipt = await bench.command(window="22-06", until=until)

    assert "allows its release only at 2026-08-02 12:00 UTC" in receipt.note


async def _release_due(bench: Any) -> Any:
    from inspect import isawaitable

    result = bench.writer.release_due()
    return await result if isawaitable(result) else result
