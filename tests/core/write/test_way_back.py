"""The ways in which a battery was stranded once: in each the field holds in the end what it held before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from openpower_core.errors import BadResponse, Timeout, WriteNotConfirmed, WriteRejected
from openpower_core.writes import CallFate, WriteState

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_DELAY = timedelta(seconds=60)  # the toy's


async def released(harness: Any) -> Any:
    """Release until there is nothing left to restore."""
    for _ in range(4):
        await harness.release(confirm="readback")
        harness.clock.advance(LONGEST_DELAY)
        if not harness.writer.store.points():
            return harness.vendor.current_now()
    raise AssertionError("it never says done")


@pytest.fixture
def home(harness: Any) -> Any:
    """A vendor that holds a window and a reserve of the owner's."""
    harness.vendor.page = evolve(harness.vendor.page, window="01-05", reserve=15)
    return harness


async def test_somebody_changes_only_the_reserve(home: Any) -> None:
    """The window is ours and goes; the reserve is theirs and stays."""
    await home.command(window="22-06", confirm="readback")
    home.vendor.page = evolve(home.vendor.current_now(), reserve=35)

    page = await released(home)

    assert (page.window, page.reserve) == ("01-05", 35)


async def test_a_write_that_shows_after_it_was_given_up(kept: Any) -> None:
    """The longest known delay was 60 s, and it came after five minutes; also from a new process."""
    kept.vendor.page = evolve(kept.vendor.page, window="01-05")
    kept.vendor.fates = [(None, True, 300.0)]
    with pytest.raises(WriteNotConfirmed):
        await kept.command(window="22-06", confirm="readback")
    kept.start()
    kept.clock.advance(300)

    assert kept.vendor.current_now().window == "22-06"
    assert (await released(kept)).window == "01-05"


@pytest.mark.parametrize("jump", [timedelta(minutes=10), timedelta(days=1), timedelta(days=3650)], ids=str)
@pytest.mark.parametrize("forward", [True, False])
async def test_the_clock_is_set_right_after_the_write(home: Any, jump: timedelta, forward: bool) -> None:
    """It is confirmed by the monotonic clock, and released at once."""
    home.vendor.delay = timedelta(seconds=30)
    receipt = await home.command(window="22-06")
    home.clock.jump(jump if forward else -jump)
    began = home.clock.monotonic()

    assert (await home.confirm(receipt)).state is WriteState.CONFIRMED
    assert (await released(home)).window == "01-05"
    assert home.clock.monotonic() - began < 300


@pytest.mark.parametrize("jump", [-timedelta(days=1), timedelta(days=1)], ids=str)
async def test_the_clock_is_set_while_it_is_released(home: Any, jump: timedelta) -> None:
    """Between the send and the read-back: neither a day of waiting nor thousands of looks."""
    await home.command(window="22-06", confirm="readback")
    home.vendor.delay = timedelta(seconds=30)
    began, reads, read = home.clock.monotonic(), home.vendor.reads, home.vendor.read

    def read_and_jump() -> Any:
        if home.vendor.reads == reads + 1:
            home.clock.jump(jump)
        return read()

    home.vendor.read = read_and_jump
    receipt = await home.release(confirm="readback")

    assert receipt.state is WriteState.CONFIRMED
    assert home.clock.monotonic() - began <= 60 + 120
    assert home.vendor.reads - reads <= 50
    assert (await released(home)).window == "01-05"


async def test_one_call_is_taken_and_the_other_refused(make_harness: Callable[..., Any]) -> None:
    """PARTIAL: the fate of each call, one attempt to take it back, and the rest by a release."""
    home = make_harness(split=True)
    home.vendor.page = evolve(home.vendor.page, window="01-05", reserve=15)
    home.vendor.fates = [
        (None, True, 0.0),
        (WriteRejected("no", vendor_code="6006"), False, 0.0),
        (Timeout("x"), False, 0.0),
    ]

    with pytest.raises(WriteNotConfirmed) as caught:
        await home.command(window="22-06", reserve=60)

    receipt = caught.value.receipt
    assert receipt is not None
    assert receipt.state is WriteState.PARTIAL
    assert [call.fate for call in receipt.calls[:2]] == [CallFate.ACCEPTED, CallFate.REFUSED]
    assert home.vendor.current_now().window == "22-06"
    page = await released(home)
    assert (page.window, page.reserve) == ("01-05", 15)


async def test_a_part_that_was_taken_is_taken_back_at_once(make_harness: Callable[..., Any]) -> None:
    """Where the vendor lets us, nothing is left for a release."""
    home = make_harness(split=True)
    home.vendor.page = evolve(home.vendor.page, window="01-05", reserve=15)
    home.vendor.fates = [(None, True, 0.0), (WriteRejected("no"), False, 0.0)]

    with pytest.raises(WriteNotConfirmed, match="taken back"):
        await home.command(window="22-06", reserve=60)
    assert home.vendor.current_now().window == "01-05"


@pytest.mark.parametrize("error", [BadResponse("SetConfig Failed", vendor_code="500"), Timeout("lost")], ids=str)
async def test_it_is_carried_out_and_answered_badly(home: Any, error: Exception) -> None:
    """Read back, never believed; and released."""
    home.vendor.fates = [(error, True, 0.0)]

    assert (await home.command(window="22-06")).state is WriteState.CONFIRMED
    assert (await released(home)).window == "01-05"


async def test_a_refusal_does_not_end_what_an_earlier_command_left(home: Any) -> None:
    """The first command holds on, with its own end."""
    until = home.clock.now() + timedelta(hours=2)
    await home.command(window="22-06", until=until, confirm="readback")
    home.vendor.fates = [(WriteRejected("no"), False, 0.0)]
    with pytest.raises(WriteRejected):
        await home.command(window="10-14", until=until + timedelta(hours=9))
    ((_, _, point),) = home.writer.store.points()

    assert (point.active, point.due) == (True, until)
    assert (await released(home)).window == "01-05"


async def test_a_failed_read_releases_nothing_and_forgets_nothing(home: Any) -> None:
    """Could not read is not differs."""
    await home.command(window="22-06", confirm="readback")
    home.vendor.read_errors = [Timeout("maintenance")]
    sends = len(home.sent)

    with pytest.raises(Timeout):
        await home.release()
    assert len(home.sent) == sends
    assert (await released(home)).window == "01-05"


async def test_a_release_that_is_refused_can_be_repeated(home: Any) -> None:
    """As often as it takes."""
    await home.command(window="22-06", confirm="readback")
    home.vendor.fates = [(WriteRejected("no"), False, 0.0)]
    with pytest.raises(WriteRejected):
        await home.release()

    assert (await released(home)).window == "01-05"


async def test_discarding_keeps_what_is_there(home: Any) -> None:
    """And says so in the audit."""
    await home.command(window="22-06", confirm="readback")
    result = home.writer.discard(home.info)
    assert (await result if home.flavour == "async" else result) == 1
    await home.release()

    assert home.vendor.current_now().window == "22-06"
    assert home.writer.store.audit()[-1]["outcome"] == "discarded"


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_lasting_change_that_was_interrupted_leaves_nothing_to_release(home: Any, *, carried_out: bool) -> None:
    """It came about, and stays; or it did not, and what was there before is there."""
    home.vendor.fates = [(KeyboardInterrupt(), carried_out, 0.0)]
    with pytest.raises(KeyboardInterrupt):
        await home.write(reserve=30, operation="apply_settings")
    home.start()

    assert (await released(home)).reserve == (30 if carried_out else 15)
