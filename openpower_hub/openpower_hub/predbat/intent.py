"""What Predbat has set, and what the battery has to do for it now. Pure functions: nothing here is sent.

Predbat writes a charging window and an export window, each with its end, and rates. A rate of 0 W is how it says "do not
discharge" or "do not charge" outside windows, which has no end of its own: it lasts :data:`HELD`, and shortly before that
the entity shows the full rate again, so that Predbat writes it anew if it still means it.

By MQTT (``set/charge`` …) it says "now" without an end: that lasts :data:`IMMEDIATE` after its last message.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from attrs import field, frozen

from openpower_core.clock import from_wall_clock
from openpower_core.control import BatteryMode
from openpower_hub.control import Order

HELD: Final = timedelta(minutes=30)
"""How long a rate of 0 W holds the battery after it was written."""
SHOWN: Final = timedelta(minutes=20)
"""How long the entity shows it, so that Predbat has ten minutes to write it again."""
IMMEDIATE: Final = timedelta(minutes=15)
"""How long a message without an end lasts: three of Predbat's intervals."""
_NEAR_PCT: Final = 1.0
_LEAST_FLOOR_PCT: Final = 10.0
"""A floor below this is left to the battery itself."""


def _time(value: time | str) -> time:
    return value if isinstance(value, time) else time.fromisoformat(value)


@frozen(kw_only=True)
class Window:
    """A stretch of the day, on the home's clock; it is empty where start and end are the same."""

    start: time = field(default=time(0), converter=_time)
    end: time = field(default=time(0), converter=_time)
    enabled: bool = False
    target_pct: float = 100.0
    """Where charging stops; of an export window how far it discharges."""

    def ends_at(self, now: datetime, tz: str | None) -> datetime | None:
        """When the window ends that is open now; None if it is not."""
        if not self.enabled or self.start == self.end:
            return None
        zone = ZoneInfo(tz or "UTC")
        today = now.astimezone(zone).date()
        for day in (today - timedelta(days=1), today):
            last = day if self.end > self.start else day + timedelta(days=1)
            start = from_wall_clock(datetime.combine(day, self.start), zone)
            end = from_wall_clock(datetime.combine(last, self.end), zone)
            if start <= now < end:
                return end
        return None


@frozen(kw_only=True)
class Demanded:
    """What Predbat has set so far."""

    charge: Window = Window()
    export: Window = Window(target_pct=4.0)
    charge_rate_w: float | None = None
    """None for all that the battery can."""
    discharge_rate_w: float | None = None
    reserve_pct: float | None = None
    """None until it has written one: the battery's own stays."""
    no_charge_until: datetime | None = None
    """Until when a charging rate of 0 W counts."""
    no_discharge_until: datetime | None = None
    mode: Literal["charge", "export", "hold"] | None = None
    """What it said by MQTT that has to be done now."""
    mode_w: float | None = None
    mode_until: datetime | None = None


@frozen(kw_only=True)
class Intent:
    """What has to be done now, and why."""

    order: Order | None
    """None where the battery is left to itself."""
    status: str
    """Predbat's word for it: ``"charging"``, ``"exporting"``, ``"hold"``, ``"no charge"``, ``"demand"``."""


DEMAND: Final = Intent(order=None, status="demand")


def intended(
    demanded: Demanded, *, now: datetime, tz: str | None, soc_pct: float | None, running: str | None, own_reserve: bool
) -> Intent:
    """What the battery has to do for what Predbat has set.

    Args:
        demanded: what it has set.
        now: the time.
        tz: the home's zone, whose clock windows follow.
        soc_pct: the battery's charge.
        running: the operation of ours that runs now.
        own_reserve: whether the battery keeps its reserve by itself.
    """
    if demanded.mode is not None and demanded.mode_until is not None and now < demanded.mode_until:
        return _immediate(demanded, demanded.mode_until)
    blocked = _blocked(demanded, now)
    if (end := demanded.charge.ends_at(now, tz)) is not None:
        return _charging(demanded, end, soc_pct, running, blocked)
    above = soc_pct is None or soc_pct > _floor(demanded)
    if (end := demanded.export.ends_at(now, tz)) is not None and above and "discharge" not in blocked:
        order = Order(operation="export", target_soc_pct=_floor(demanded), power_w=demanded.discharge_rate_w, until=end)
        return Intent(order=order, status="exporting")
    if blocked:
        return _holding(blocked)
    reserve = 0 if own_reserve or demanded.reserve_pct is None else demanded.reserve_pct
    if soc_pct is not None and soc_pct <= reserve > _LEAST_FLOOR_PCT:
        return Intent(order=Order(operation=BatteryMode.HOLD, until=now + HELD), status="hold")
    return DEMAND


def _immediate(demanded: Demanded, until: datetime) -> Intent:
    if demanded.mode == "charge":
        order = Order(
            operation="charge", target_soc_pct=demanded.charge.target_pct, power_w=demanded.mode_w, until=until
        )
        return Intent(order=order, status="charging")
    if demanded.mode == "export":
        order = Order(operation="export", target_soc_pct=_floor(demanded), power_w=demanded.mode_w, until=until)
        return Intent(order=order, status="exporting")
    return Intent(order=Order(operation="hold", until=until), status="hold")


def _floor(demanded: Demanded) -> float:
    """How far it may be exported from."""
    return max(demanded.export.target_pct, demanded.reserve_pct or 0.0)


def _blocked(demanded: Demanded, now: datetime) -> dict[str, datetime]:
    """Which directions a rate of 0 W forbids, and until when."""
    ends = {"charge": demanded.no_charge_until, "discharge": demanded.no_discharge_until}
    return {name: end for name, end in ends.items() if end is not None and now < end}


def _holding(blocked: dict[str, datetime]) -> Intent:
    operation = "idle" if len(blocked) == 2 else "hold" if "discharge" in blocked else "no_charge"
    return Intent(order=Order(operation=operation, until=min(blocked.values())), status=operation.replace("_", " "))


def _charging(
    demanded: Demanded, end: datetime, soc_pct: float | None, running: str | None, blocked: dict[str, datetime]
) -> Intent:
    """In a charging window: charge to the target; at the target hold it; far above the target nothing is asked for."""
    if "charge" in blocked:
        return _holding(blocked)
    target = demanded.charge.target_pct
    if soc_pct is None or soc_pct < target:
        order = Order(operation="charge", target_soc_pct=target, power_w=demanded.charge_rate_w, until=end)
        return Intent(order=order, status="charging")
    # Solar may lift it above the target meanwhile.
    if soc_pct - target <= _NEAR_PCT or running in ("charge", "hold"):
        return Intent(order=Order(operation="hold", until=end), status="hold")
    return DEMAND
