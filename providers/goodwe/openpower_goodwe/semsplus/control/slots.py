"""Time-of-use slots: how the inverter stores one, and how a window becomes one or two of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from typing import Any, Final

from attrs import field, frozen

from openpower_core.provider import Adjustment, BadResponse, BatteryMode, InvalidValue, Weekday, Window, adjusted

ON: Final = 249
OFF: Final = 6
UNSET: Final = 85
ALL_MONTHS: Final = tuple(range(12))
LAST_MINUTE: Final = 23 * 60 + 59
"""Slots end on the day on which they begin, and name no 24:00."""


def _numbers(given: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(given)))


@frozen(kw_only=True)
class Slot:
    """One slot as the inverter stores it."""

    start: int = 0
    """Minutes since midnight."""
    end: int = 0
    kind: int = UNSET
    """``TOUWeekEnable``: 249 on, 6 off, 85 unset; other numbers belong to other functions."""
    days: tuple[int, ...] = field(default=(), converter=_numbers)
    """0 is Sunday."""
    per_mille: int = 0
    """Of the rated power: ≤ 0 charges, > 0 discharges."""
    cutoff_pct: int = 0
    months: tuple[int, ...] = field(default=(), converter=_numbers)
    """0 is January."""
    data: Mapping[str, Any] = field(factory=dict[str, Any], eq=False, repr=False)
    """The vendor's fields that it was read from: what of them does not change is written as it was."""

    @property
    def on(self) -> bool:
        """Whether it takes effect while the mode is enabled."""
        return self.kind == ON

    @property
    def free(self) -> bool:
        """Whether it may be used for something else."""
        return self.kind in (OFF, UNSET, 0)

    def overlaps(self, other: Slot) -> bool:
        """Whether both would be in force at once on some day."""
        same_day = bool(set(self.days) & set(other.days))
        return same_day and self.start < other.end and other.start < self.end


@frozen(kw_only=True)
class PowerScale:
    """Converts watts to shares of the inverter's rated power, and back."""

    rated_w: float | None

    def share(self, watts: float | None) -> int:
        """Per mille of the rated power; full power where nothing is asked."""
        if watts is None:
            return 1000
        return min(1000, max(1, round(watts / self._rated * 1000)))

    def watts(self, per_mille: int) -> float | None:
        """The power that a share is."""
        return None if not self.rated_w else round(abs(per_mille) * self.rated_w / 1000)

    @property
    def _rated(self) -> float:
        if not self.rated_w:
            raise InvalidValue(
                "slots take shares of the inverter's rated power, which SEMS+ does not report; leave out power_w.",
                provider="goodwe-sems",
            )
        return self.rated_w


def slot_of(number: int, value: Mapping[str, Any]) -> Slot:
    """Slot ``number`` out of the named setting ``TOU<number>``; the first is 1.

    Raises:
        BadResponse: its days or months are no list of numbers.
    """
    try:
        return Slot(
            start=_minutes(value.get(f"TOUStart{number}")),
            end=_minutes(value.get(f"TOUEnd{number}")),
            kind=_int(value.get(f"TOUWeekEnable{number}")),
            days=[int(day) for day in value.get(f"TOUWeek{number}") or ()],
            per_mille=_int(value.get(f"ChargeDischargePW{number}")),
            cutoff_pct=_int(value.get(f"ChargeCutOffSet{number}")),
            months=[int(month) for month in value.get(f"TOUMonth{number}") or ()],
            data=value,
        )
    except (TypeError, ValueError, OverflowError) as error:
        raise BadResponse(f"slot {number} is not as documented: {error}.", provider="goodwe-sems") from error


def slot_data(number: int, slot: Slot) -> dict[str, Any]:
    """The same as the vendor's fields; those that it was read from stay as they were spelt."""
    fields = _fields(number, slot)
    if not slot.data:
        return fields
    read = _fields(number, slot_of(number, slot.data))
    return {**slot.data, **{name: value for name, value in fields.items() if value != read[name]}}


def _fields(number: int, slot: Slot) -> dict[str, Any]:
    return {
        f"TOUStart{number}": _text(slot.start),
        f"TOUEnd{number}": _text(slot.end),
        f"TOUWeekEnable{number}": slot.kind,
        f"TOUWeek{number}": list(slot.days),
        f"TOUMonth{number}": list(slot.months),
        f"ChargeDischargePW{number}": slot.per_mille,
        f"ChargeCutOffSet{number}": slot.cutoff_pct,
    }


def to_window(slot: Slot, scale: PowerScale) -> Window | None:
    """A slot as a window; None for one that does nothing."""
    if not slot.on or not slot.days or slot.start == slot.end:
        return None
    # 23:59 is as near to midnight as slots come, and stands for it.
    end = 0 if slot.end >= LAST_MINUTE else slot.end
    share = abs(slot.per_mille)
    return Window(
        start=time(*divmod(slot.start, 60)),
        end=time(*divmod(end, 60)),
        mode=BatteryMode.EXPORT if slot.per_mille > 0 else BatteryMode.CHARGE,
        days={Weekday(day or 7) for day in slot.days},
        power_w=(scale.watts(share) or None) if share < 1000 else None,
        target_soc_pct=slot.cutoff_pct,
    )


def to_slots(window: Window, scale: PowerScale, where: str = "") -> tuple[list[Slot], list[Adjustment]]:
    """The slots of a window, two where it runs past midnight, and where they only come near it."""
    share, adjustments = scale.share(window.power_w), list[Adjustment]()
    if window.power_w is not None:
        reason = "the inverter takes per mille of its rated power"
        adjustments += adjusted(f"{where}power_w", window.power_w, scale.watts(share), reason, within=1)
    target, changed = _target(window, where)
    adjustments += changed
    found: list[Slot] = []
    # ISO counts Sunday 7, the vendor 0.
    days = [day % 7 for day in window.days]
    for begin, finish, shift in _parts(window):
        end = min(finish, LAST_MINUTE)
        if end != finish:
            reason = "slots end at 23:59 at the latest"
            adjustments += adjusted(f"{where}end", "24:00", "23:59", reason)
        found.append(
            Slot(
                start=begin,
                end=end,
                kind=ON,
                days=[(day + shift) % 7 for day in days],
                per_mille=share if window.mode is BatteryMode.EXPORT else -share,
                cutoff_pct=target,
                months=ALL_MONTHS,
            )
        )
    return found, adjustments


def _parts(window: Window) -> list[tuple[int, int, int]]:
    begin, finish = window.start_minute, window.end_minute
    if finish <= 1440:
        return [(begin, finish, 0)]
    return [(begin, 1440, 0), (0, finish - 1440, 1)]


def _target(window: Window, where: str) -> tuple[int, tuple[Adjustment, ...]]:
    asked = window.target_soc_pct
    if asked is None:
        return (100 if window.mode is BatteryMode.CHARGE else 10), ()
    got = round(asked)
    return got, adjusted(f"{where}target_soc_pct", asked, got, "the inverter takes whole percentages")


def _minutes(text: object) -> int:
    hours, _, minutes = str(text or "00:00").partition(":")
    try:
        return int(hours) * 60 + int(minutes or 0)
    except ValueError:
        return 0


def _text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _int(value: object) -> int:
    try:
        return int(float(str(value)))
    except (ValueError, OverflowError):
        return 0
