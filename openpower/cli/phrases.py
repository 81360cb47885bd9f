"""Figures, receipts and audit lines in people's words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from openpower import WriteState
from openpower.cli.times import time_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from openpower import Adjustment, NativeCall, Receipt


def power(watts: float | None) -> str:
    """``3.42 kW``; small figures in watts; an unknown one as a dash."""
    if watts is None:
        return "–"
    if abs(watts) < 1000:
        return f"{watts:.0f} W"
    return f"{watts / 1000:.2f} kW"


def energy(kwh: float | None) -> str:
    """``6.4 kWh``."""
    return "–" if kwh is None else f"{kwh:.1f} kWh"


def percent(share: float | None) -> str:
    """``64 %``."""
    return "–" if share is None else f"{share:.0f} %"


def money(amount: Decimal | None, currency: str) -> str:
    """``0.3104 AUD``: for the screen only, so rounded to a hundredth of a cent."""
    return "–" if amount is None else f"{amount:.4f} {currency}"


_OUTCOMES: Final = {
    WriteState.PLANNED: "Planned; nothing was sent.",
    WriteState.UNCHANGED: "Nothing to do: it is already set.",
    WriteState.HELD: "Out of write budget; nothing was sent.",
    WriteState.ACCEPTED: "Sent and accepted; not confirmed yet (--wait waits for that).",
    WriteState.CONFIRMED: "Sent, and confirmed by reading back.",
    WriteState.NOT_APPLIED: "Sent and accepted, but not applied.",
    WriteState.UNVERIFIABLE: "Sent and accepted; the vendor offers no way to confirm it.",
}


def outcome(receipt: Receipt) -> str:
    """How it went, in one line."""
    return _OUTCOMES[receipt.state]


def plan_lines(
    receipt: Receipt, *, request: str, ends: str, afterwards: str, tz: str | None
) -> Iterator[tuple[str, str]]:
    """A plan as labelled lines, times on the home's clock.

    Args:
        receipt: of the dry run.
        request: what is asked for.
        ends: how it ends where the device keeps the end; empty where it has none.
        afterwards: what the battery goes back to; empty where it does not.
        tz: the home's zone.
    """
    yield "plan", request
    yield "device", receipt.device_id
    for adjustment in receipt.adjustments:
        yield "adjusted", _adjustment(adjustment, tz)
    if receipt.recurs_at is not None:
        when = time_text(receipt.recurs_at, tz)
        yield "recurs", f"{when}, unless it is released before: the vendor keeps no end"
    if receipt.release_due is not None:
        yield "release", f"due {time_text(receipt.release_due, tz)}"
    elif ends:
        yield "ends", ends
    if afterwards:
        yield "then", afterwards
    if receipt.note:
        yield "note", receipt.note
    for call in receipt.calls:
        yield "sends", _call(call)


def _adjustment(adjustment: Adjustment, tz: str | None) -> str:
    asked, got = (_value(value, tz) for value in (adjustment.asked, adjustment.got))
    return f"{adjustment.field}: asked {asked}, gets {got} ({adjustment.reason})"


def _value(value: Any, tz: str | None) -> str:
    if isinstance(value, datetime):
        return time_text(value, tz)
    return "nothing" if value is None else str(value)


def _call(call: NativeCall) -> str:
    arguments = ", ".join(f"{name}={_short(value)}" for name, value in call.arguments.items())
    return f"{call.method}({arguments})"


def _short(value: Any) -> str:
    """A value, without what is None or empty within it."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return f"{{{', '.join(f'{key}: {_short(part)}' for key, part in items if part is not None and part != [])}}}"
    if isinstance(value, list):
        parts: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return f"[{', '.join(map(_short, parts))}]"
    return str(value)


_AUDITED: Final = {"not_applied": "not applied", "intent": "unknown: it was interrupted"}


def audit_row(line: Mapping[str, Any]) -> tuple[str, ...]:
    """When, which device, what, how it ended, by whom."""
    outcome = str(line.get("outcome", "–"))
    words = _AUDITED.get(outcome, outcome.replace("_", " "))
    if error := line.get("error"):
        words += f": {error}"
    return (
        _machine_time(str(line.get("at", ""))),
        str(line.get("device", "–")),
        str(line.get("operation", "–")).replace("_", " "),
        words,
        str(line.get("by", "–")),
    )


def _machine_time(text: str) -> str:
    try:
        return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return text
