"""Receipts in words: what will be done, what was adjusted, when it ends and what comes back, and how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from openpower_core.writes import Adjustment, NativeCall, Receipt

    Local = Callable[[datetime], datetime]

__all__ = ["outcome", "plan_lines", "time_text"]

_OUTCOMES = {
    WriteState.PLANNED: "Planned; nothing was sent.",
    WriteState.UNCHANGED: "Nothing to do: it is so already.",
    WriteState.HELD: "Held by the write budget; nothing was sent.",
    WriteState.ACCEPTED: "Sent and accepted; not yet seen to hold (--wait would look).",
    WriteState.CONFIRMED: "Sent, and seen to hold.",
    WriteState.NOT_APPLIED: "Sent and accepted, but it did not come to hold.",
    WriteState.UNVERIFIABLE: "Sent and accepted; the vendor offers no way to see whether it holds.",
}


def outcome(receipt: Receipt) -> str:
    """How it went, in one line."""
    return _OUTCOMES[receipt.state]


def plan_lines(receipt: Receipt, *, what: str, ends: str, afterwards: str, local: Local) -> Iterator[tuple[str, str]]:
    """A plan as labelled lines; ``local`` brings moments to the home's clock.

    Args:
        receipt: of the dry run.
        what: what is asked for.
        ends: how it ends where the device keeps the end; empty where there is none to tell.
        afterwards: what the battery goes back to; empty where it does not.
        local: a moment on the home's clock.
    """
    yield "plan", what
    yield "device", receipt.device_id
    for adjustment in receipt.adjustments:
        yield "adjusted", _adjustment(adjustment, local)
    if receipt.recurs_at is not None:
        when = time_text(receipt.recurs_at, local)
        yield "recurs", f"{when}, since the vendor keeps no end; unless it is released before"
    if receipt.release_due is not None:
        yield "release", f"due {time_text(receipt.release_due, local)}"
    elif ends:
        yield "ends", ends
    if afterwards:
        yield "then", afterwards
    if receipt.note:
        yield "note", receipt.note
    for call in receipt.calls:
        yield "sends", _call(call)


def _call(call: NativeCall) -> str:
    arguments = ", ".join(f"{name}={_short(value)}" for name, value in call.arguments.items())
    return f"{call.method}({arguments})"


def _short(value: Any) -> str:
    """A value, without what is None or empty within it."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        pairs = (f"{key}: {_short(each)}" for key, each in items if each is not None and each != [])
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        parts: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return f"[{', '.join(_short(each) for each in parts)}]"
    return str(value)


def _adjustment(adjustment: Adjustment, local: Local) -> str:
    asked, got = _value(adjustment.asked, local), _value(adjustment.got, local)
    return f"{adjustment.field}: asked {asked}, gets {got} ({adjustment.reason})"


def _value(value: Any, local: Local) -> str:
    if hasattr(value, "astimezone"):
        return time_text(value, local)
    return "nothing" if value is None else str(value)


def time_text(moment: datetime, local: Local) -> str:
    """``Mon 23 Nov 06:00``, on the home's clock."""
    there = local(moment)
    return f"{there:%a} {there.day} {there:%b %H:%M}"
