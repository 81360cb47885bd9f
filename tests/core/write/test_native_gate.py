"""Native writes pass guards, the one writer, the budget and the audit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve

from openpower_core.errors import NetworkError, Timeout, Veto, WriteBudgetExhausted, WriteRejected

if TYPE_CHECKING:
    from collections.abc import Callable


async def test_it_gives_the_call_s_result_and_an_audit_line(harness: Any) -> None:
    """The line has the method and its arguments, the serial shortened."""
    result = await harness.native(lambda: 42)

    before, line = harness.writer.store.audit()
    assert before["outcome"] == "sending"
    assert result == 42
    assert (line["operation"], line["outcome"]) == ("set_page", "accepted")
    assert line["calls"] == [{"method": "set_page", "arguments": {"sysSn": "AL…0001"}, "fate": "accepted"}]


async def test_guards_see_a_native_plan(harness: Any) -> None:
    """Without documents, with the call."""
    await harness.native(lambda: None)

    (plan,) = harness.hooks.plans
    assert (plan.native, plan.before, plan.calls[0].method) == (True, None, "set_page")


async def test_a_veto_stops_it(harness: Any) -> None:
    """The call is never made."""
    harness.hooks.veto = Veto("no")
    made: list[int] = []

    with pytest.raises(Veto):
        await harness.native(lambda: made.append(1))
    assert made == []


async def test_it_counts_in_the_budget_of_the_document(make_harness: Callable[..., Any]) -> None:
    """In both directions."""
    limits = evolve(make_harness().document.limits, per_day=2)
    harness = make_harness(limits=limits)
    await harness.native(lambda: None, limits=limits)
    await harness.write(window="22-06")

    with pytest.raises(WriteBudgetExhausted):
        await harness.write(window="23-06")
    with pytest.raises(WriteBudgetExhausted):
        await harness.native(lambda: None, limits=limits)


async def test_a_short_pace_is_waited_for(make_harness: Callable[..., Any]) -> None:
    """As for our own writes."""
    limits = evolve(make_harness().document.limits, min_interval=timedelta(seconds=5))
    harness = make_harness(limits=limits)
    start = harness.clock.now()
    await harness.native(lambda: None, limits=limits)
    await harness.native(lambda: None, limits=limits)

    assert harness.clock.now() - start == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("error", "outcome", "counts"),
    [
        (WriteRejected("bad"), "refused", True),
        (Timeout("lost"), "unknown", True),
        (NetworkError("down", nothing_sent=True), "not sent", False),
    ],
)
async def test_errors_stay_what_they_are(
    make_harness: Callable[..., Any], error: Exception, outcome: str, counts: bool
) -> None:
    """The audit shows the result; what was never sent costs nothing."""
    limits = evolve(make_harness().document.limits, per_day=1)
    harness = make_harness(limits=limits)

    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        await harness.native(fail, limits=limits)
    assert harness.writer.store.audit()[-1]["outcome"] == outcome
    if counts:
        with pytest.raises(WriteBudgetExhausted):
            await harness.native(lambda: None, limits=limits)
    else:
        await harness.native(lambda: None, limits=limits)
