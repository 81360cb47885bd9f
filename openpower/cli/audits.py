"""Lines of the audit as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["audit_row"]

_OUTCOMES: Final = {"not_applied": "did not come to hold", "intent": "not known; it was cut off"}


def audit_row(line: Mapping[str, Any]) -> tuple[str, ...]:
    """When, which device, what, how it ended, by whom."""
    outcome = str(line.get("outcome", "–"))
    words = _OUTCOMES.get(outcome, outcome.replace("_", " "))
    if error := line.get("error"):
        words += f": {error}"
    return (
        _when(str(line.get("at", ""))),
        str(line.get("device", "–")),
        str(line.get("operation", "–")).replace("_", " "),
        words,
        str(line.get("by", "–")),
    )


def _when(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
