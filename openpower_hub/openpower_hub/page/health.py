"""Whether everything answers: each vendor's last answer, its next one, its limits, and what failed, in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import frozen

from openpower_core.secrets import mask_text
from openpower_hub.page import words
from openpower_hub.page.commands import budget_words, error_words
from openpower_hub.page.live import device_name, zone_of
from openpower_hub.state import DeviceState, Freshness

if TYPE_CHECKING:
    from openpower_hub.engine import Hub
    from openpower_hub.homes import Home


@frozen(kw_only=True)
class Vendor:
    """One device or failed profile, and how reading it goes."""

    name: str
    vendor: str
    state: str
    """``"live"``, ``"late"`` or ``"gone"``."""
    answer: str
    """When it answered last and how often it is asked."""
    budget: str
    error: str
    issues: tuple[str, ...] = ()
    """What of its reading is missing or was refused, and why."""


def vendors(home: Home, now: datetime) -> list[Vendor]:
    """Each device, and each profile of which something could not be found."""
    found = [_device(home, state, now) for state in home.devices.values()]
    for profile, failures in home.failures.items():
        found += [
            Vendor(
                name=each.part or profile,
                vendor=each.provider,
                state="gone",
                answer="It is tried again by itself.",
                budget="",
                error=error_words(each.error),
            )
            for each in failures
        ]
    return found


def _device(home: Home, state: DeviceState, now: datetime) -> Vendor:
    zone = zone_of(home)
    every = words.duration(round(state.interval.total_seconds()))
    if state.read_at is not None:
        answer = f"Last answer {words.clock(state.read_at, zone, now)}, asked every {every}."
    elif state.prices:
        answer = f"Prices are known, asked every {every}."
    else:
        answer = "It has not answered yet."
    error = "" if state.error is None else error_words(state.error)
    if error and state.failing_since is not None:
        error = f"Since {words.clock(state.failing_since, zone, now)}: {error}"
    issues = () if state.live is None else state.live.issues
    return Vendor(
        name=device_name(home, state),
        vendor=state.info.provider,
        state=state.freshness.value,
        answer=answer,
        budget=budget_words(state, now),
        error=error,
        issues=tuple(mask_text(f"{each.field}: {each.reason}") for each in issues),
    )


def problems(hub: Hub) -> list[tuple[str, str]]:
    """What integrations failed with last."""
    return [(name, mask_text(text)) for name, text in hub.problems.items()]


def signature(hub: Hub, home: Home) -> list[Any]:
    """What changes when this part of the page has to be made anew."""
    minute = int(hub.clock.now().timestamp() // timedelta(minutes=1).total_seconds())
    live = [(key, state.freshness, str(state.error)) for key, state in home.devices.items()]
    stale = any(state.freshness is not Freshness.LIVE for state in home.devices.values())
    return [
        live,
        [str(each.error) for failures in home.failures.values() for each in failures],
        sorted(hub.problems),
        minute if stale else minute // 5,
    ]
