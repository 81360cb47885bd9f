"""Restore points: what ``release`` puts back, and when it touches nothing."""

from __future__ import annotations

from datetime import timedelta
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from openpower_core.convert import structure, to_dict
from openpower_core.errors import InvalidValue, Timeout, WriteBudgetExhausted, WriteNotConfirmed, WriteRejected
from openpower_core.writes import ActiveCommand, WriteState

if TYPE_CHECKING:
    from collections.abc import Callable


async def test_release_puts_back_what_was_there(harness: Any) -> None:
    """The earlier schedule is back, and a second release finds that."""
    harness.vendor.page = evolve(harness.vendor.page, window="01-05")
    await harness.command(window="22-06")

    receipt = await harness.release(confirm="readback")

    assert receipt.state is WriteState.CONFIRMED
    assert receipt.operation == "release"
    assert receipt.calls[0].arguments["window"] == "01-05"
    assert harness.vendor.current_now().window == "01-05"
    again = await harness.release()
    assert again.state is WriteState.UNCHANGED
    assert "released at 2026-08-01 12:00 UTC" in again.note
    assert len(harness.sent) == 2


async def nothing_to_release(harness: Any) -> None:
    """Nothing is sent; and once nothing can show late any more, nothing is read either."""
    sends = len(harness.sent)
    assert (await harness.release()).state is WriteState.UNCHANGED
    harness.clock.advance(60)
    await harness.release()
    reads = harness.vendor.reads
    receipt = await harness.release()
    assert receipt.state is WriteState.UNCHANGED
    assert "Nothing is commanded" in receipt.note or "It was released" in receipt.note
    assert (harness.vendor.reads, len(harness.sent)) == (reads, sends)


async def test_a_release_is_over_once_something_else_was_written(harness: Any) -> None:
    """Then there is nothing to restore, and it says so."""
    await harness.command(window="22-06")
    await harness.release()
    await harness.write(window="01-05", operation="set_schedule")

    await nothing_to_release(harness)


async def test_releasing_what_nobody_commanded_does_nothing_and_says_so(harness: Any) -> None:
    """Without asking the vendor."""
    await nothing_to_release(harness)


async def test_release_touches_nothing_that_somebody_else_has_changed(harness: Any) -> None:
    """And says so; afterwards there is nothing to release any more."""
    await harness.command(window="22-06")
    harness.clock.advance(600)
    harness.vendor.page = evolve(harness.vendor.current_now(), window="00-03")

    receipt = await harness.release()

    assert receipt.state is WriteState.UNCHANGED
    assert "nothing of that was changed" in receipt.note
    assert len(harness.sent) == 1
    await nothing_to_release(harness)


async def test_a_dry_release_shows_the_calls_and_keeps_the_restore_point(harness: Any) -> None:
    """Twice, because nothing changes."""
    await harness.command(window="22-06")

    first, second = await harness.release(dry_run=True), await harness.release(dry_run=True)

    assert first.state is second.state is WriteState.PLANNED
    assert first.calls[0].arguments["window"] == ""
    assert len(harness.sent) == 1


async def test_through_several_commands_the_first_state_comes_back(harness: Any) -> None:
    """Charge, then hold, then release."""
    harness.vendor.page = evolve(harness.vendor.page, window="01-05")
    await harness.command(window="22-06")
    await harness.command(window="06-16")

    await harness.release(confirm="readback")

    assert harness.vendor.current_now().window == "01-05"


async def test_a_lasting_change_survives_the_release(harness: Any) -> None:
    """The reserve was set while the command stood; release takes only the command back."""
    await harness.command(window="22-06")
    await harness.write(reserve=30, operation="apply_settings")

    await harness.release(confirm="readback")

    assert (harness.vendor.current_now().window, harness.vendor.current_now().reserve) == ("", 30)


async def test_a_new_schedule_leaves_nothing_to_release(harness: Any) -> None:
    """A schedule is meant to last."""
    await harness.command(window="22-06")
    await harness.write(window="01-05", operation="set_schedule")

    await nothing_to_release(harness)
    assert harness.vendor.current_now().window == "01-05"


async def test_keeping_what_a_command_set_leaves_nothing_to_release(harness: Any) -> None:
    """The same schedule, now meant to last: nothing is sent, and nothing is restored."""
    await harness.command(window="22-06")
    same = await harness.write(window="22-06", operation="set_schedule")

    assert same.state is WriteState.UNCHANGED
    await nothing_to_release(harness)


async def test_what_the_vendor_refused_leaves_the_earlier_command_to_release(harness: Any) -> None:
    """The second command was never applied."""
    await harness.command(window="22-06")
    harness.vendor.send_errors = [WriteRejected("no")]
    with pytest.raises(WriteRejected):
        await harness.command(window="23-06")

    await harness.release(confirm="readback")

    assert harness.vendor.current_now().window == ""


async def test_what_was_ignored_leaves_the_earlier_command_to_release(harness: Any) -> None:
    """Accepted, and not applied."""
    await harness.command(window="22-06", confirm="readback")
    harness.vendor.deaf = True
    with pytest.raises(WriteNotConfirmed):
        await harness.command(window="23-06", confirm="readback")
    harness.vendor.deaf = False

    await harness.release(confirm="readback")

    assert harness.vendor.current_now().window == ""


async def test_a_release_that_was_ignored_can_be_tried_again(harness: Any) -> None:
    """The restore point comes back with NOT_APPLIED."""
    await harness.command(window="22-06", confirm="readback")
    harness.vendor.deaf = True
    with pytest.raises(WriteNotConfirmed):
        await harness.release(confirm="readback")
    harness.vendor.deaf = False

    receipt = await harness.release(confirm="readback")

    assert receipt.state is WriteState.CONFIRMED
    assert harness.vendor.current_now().window == ""


async def test_a_command_whose_answer_was_lost_can_be_released(harness: Any) -> None:
    """It did reach the vendor."""
    harness.vendor.send_errors = [Timeout("lost")]
    harness.vendor.applies_despite_error = True
    await harness.command(window="22-06")

    await harness.release(confirm="readback")

    assert harness.vendor.current_now().window == ""


async def test_release_right_after_the_command_undoes_what_does_not_show_yet(harness: Any) -> None:
    """The vendor shows the old state in both reads; the command is released nevertheless."""
    harness.vendor.delay = timedelta(seconds=20)
    await harness.command(window="22-06")

    receipt = await harness.release()
    harness.clock.advance(60)

    assert receipt.state is WriteState.ACCEPTED
    assert harness.vendor.current_now().window == ""


async def test_no_budget_and_no_pace_stop_a_release(make_harness: Callable[..., Any]) -> None:
    """One write a day, an hour apart: the release goes at once, and does not count."""
    limits = evolve(make_harness().document.limits, per_day=1, min_interval=timedelta(hours=1))
    harness = make_harness(limits=limits)
    first = await harness.command(window="22-06")

    assert (await harness.release()).state is WriteState.ACCEPTED
    with pytest.raises(WriteBudgetExhausted) as caught:
        await harness.command(window="23-06")
    assert caught.value.retry_at == first.at + timedelta(days=1)


async def test_a_native_write_takes_no_field_away_from_a_command(harness: Any) -> None:
    """What still reads as the command wrote it is put back, whatever a native call of the same document did."""
    await harness.command(window="22-06", flag=True)
    await harness.native(lambda: None)

    await harness.release()

    assert harness.vendor.current_now().window == ""


async def test_a_native_write_of_another_document_does_not_matter(harness: Any) -> None:
    """Budgets name what is written to."""
    await harness.command(window="22-06", flag=True)
    await harness.native(lambda: None, budget="charger")

    assert (await harness.release()).state is WriteState.ACCEPTED


async def test_until_is_refused_where_nothing_would_release_it(harness: Any) -> None:
    """The error names the ways out; nothing is sent."""
    until = harness.clock.now() + timedelta(hours=6)

    with pytest.raises(InvalidValue, match="unattended=True"):
        await harness.command(window="22-06", until=until, unattended=False)
    assert harness.sent == []


async def test_a_dry_run_says_that_until_would_be_refused(harness: Any) -> None:
    """It shows the plan nevertheless."""
    until = harness.clock.now() + timedelta(hours=6)

    plan = await harness.command(window="22-06", until=until, unattended=False, dry_run=True)

    assert plan.release_due == until
    assert plan.recurs_at == until + timedelta(hours=18)
    assert "unattended=True" in plan.note


async def test_unattended_accepts_what_the_receipt_says(harness: Any) -> None:
    """When it has to be released, and when it comes back otherwise."""
    until = harness.clock.now() + timedelta(hours=6)

    receipt = await harness.command(window="22-06", until=until, unattended=True)

    assert receipt.state is WriteState.ACCEPTED
    assert (receipt.release_due, receipt.recurs_at) == (until, until + timedelta(hours=18))


async def test_the_same_command_with_a_later_end_only_moves_the_end(harness: Any) -> None:
    """Nothing is sent; the release is due later."""
    until = harness.clock.now() + timedelta(hours=6)
    await harness.command(window="22-06", until=until)
    harness.clock.advance(60)

    later = await harness.command(window="22-06", until=until + timedelta(hours=1))
    harness.clock.advance(timedelta(hours=6))

    assert (later.state, later.release_due) == (WriteState.UNCHANGED, until + timedelta(hours=1))
    assert await _release_due(harness) == []
    harness.clock.advance(timedelta(hours=1))
    assert len(await _release_due(harness)) == 1


async def test_release_due_releases_what_is_due_and_nothing_else(harness: Any) -> None:
    """Before its time, nothing happens."""
    until = harness.clock.now() + timedelta(hours=6)
    await harness.command(window="22-06", until=until)

    early = await _release_due(harness)
    harness.clock.advance(timedelta(hours=6))
    due = await _release_due(harness)

    assert early == []
    assert [each.state for each in due] == [WriteState.CONFIRMED]
    assert harness.vendor.current_now().window == ""
    assert await _release_due(harness) == []


async def _release_due(harness: Any) -> Any:
    return await done(harness.writer.release_due())


async def done(result: Any) -> Any:
    return await result if isawaitable(result) else result


async def test_the_active_command_is_reported_until_it_is_released(harness: Any) -> None:
    """Since when, until when, and whether its end has passed, without asking the vendor."""
    info = harness.info
    assert await done(harness.writer.active_command(info)) is None
    start = harness.clock.now()
    receipt = await harness.command(window="22-06", until=start + timedelta(hours=1), unattended=True)
    reads = harness.vendor.reads

    active = await done(harness.writer.active_command(info))

    assert (active.id, active.device_id, active.operation) == (receipt.id, info.id, "command")
    assert (active.since, active.until, active.overdue) == (start, start + timedelta(hours=1), False)
    assert structure(ActiveCommand, to_dict(active)) == active
    harness.clock.advance(3600)
    assert (await done(harness.writer.active_command(info))).overdue
    assert harness.vendor.reads == reads
    await harness.release()
    assert await done(harness.writer.active_command(info)) is None
