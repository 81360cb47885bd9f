"""Receipts in words: what will be sent, what was adjusted, when it ends, and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from openpower_core.writes import Adjustment, NativeCall, Receipt

__all__ = ["outcome", "plan_lines"]

_OUTCOMES = {
    WriteState.PLANNED: "Planned; nothing was sent.",
    WriteState.UNCHANGED: "Nothing to do: it is so already.",
    WriteState.HELD: "Held by the write budget; nothing was sent.",
    WriteState.ACCEPTED: "Sent and accepted; not yet seen to hold.",
    WriteState.CONFIRMED: "Sent, and seen to hold.",
    WriteState.NOT_APPLIED: "Sent and accepted, but it did not come to hold.",
    WriteState.UNVERIFIABLE: "Sent and accepted; the vendor offers no way to see whether it holds.",
}


def outcome(receipt: Receipt) -> str:
    """How it went, in one line."""
    note = f" {receipt.note}" if receipt.note else ""
    return f"{_OUTCOMES[receipt.state]}{note}"


def plan_lines(receipt: Receipt, *, local: Callable[[datetime], datetime]) -> Iterator[str]:
    """What a plan would do, a line each; ``local`` brings moments to the home's clock."""
    for call in receipt.calls:
        yield f"sends     {_call(call)}"
    for adjustment in receipt.adjustments:
        yield f"adjusted  {_adjustment(adjustment, local)}"
    if receipt.recurs_at is not None:
        yield f"recurs    {_moment(receipt.recurs_at, local)}, unless it is released before"
    if receipt.release_due is not None:
        yield f"release   {_moment(receipt.release_due, local)}; then what was there before comes back"
    if receipt.note:
        yield f"note      {receipt.note}"


def _call(call: NativeCall) -> str:
    arguments = ", ".join(f"{name}={_short(value)}" for name, value in call.arguments.items())
    return f"{call.method}({arguments})"


def _short(value: Any) -> str:
    return str(value) if not isinstance(value, str) else repr(value)


def _adjustment(adjustment: Adjustment, local: Callable[[datetime], datetime]) -> str:
    asked, got = _value(adjustment.asked, local), _value(adjustment.got, local)
    return f"{adjustment.field}: asked {asked}, got {got} ({adjustment.reason})"


def _value(value: Any, local: Callable[[datetime], datetime]) -> str:
    if hasattr(value, "astimezone"):
        return _moment(value, local)
    return "nothing" if value is None else str(value)


def _moment(moment: datetime, local: Callable[[datetime], datetime]) -> str:
    return f"{local(moment):%a %d %b %H:%M}"
