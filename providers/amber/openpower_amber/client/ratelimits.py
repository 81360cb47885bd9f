"""What Amber's answers say about how many calls are left: the RateLimit headers, read in all their grammars.

Amber sends those of draft-ietf-httpapi-ratelimit-headers-04 to -06::

    RateLimit-Limit: 50
    RateLimit-Remaining: 49
    RateLimit-Reset: 300
    RateLimit-Policy: 50;w=300

Older and newer drafts spell the same differently; those are read as well, and what is malformed is ignored, as the
drafts demand. The headers are structured fields (RFC 9651), read here as far as rate limits use them: a library for
all of it (http-sf 1.5, well kept and typed) takes 70 ms to import, as long as everything else that a first price needs.

>>> parse_list("10;w=1;burst=1000, 1000;w=3600")
[(10, {'w': 1, 'burst': 1000}), (1000, {'w': 3600})]
>>> parse_dictionary("limit=100, remaining=50, reset=5")
{'limit': 100, 'remaining': 50, 'reset': 5}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from attrs import field, frozen

from openpower_core.provider import aware

Bare: TypeAlias = int | float | str | bool
"""A number, a text or token, or a boolean."""

Item: TypeAlias = tuple[Bare, dict[str, Bare]]
"""A value with its parameters."""

ANNOUNCED_WINDOW: Final = 300
"""Seconds; Amber announced 50 calls per 5 minutes and account on 2023-06-27."""


@frozen
class RateWindow:
    """One rule of a policy."""

    quota: int
    """How many calls …"""
    seconds: int
    """… within how long."""


@frozen(kw_only=True)
class RateLimits:
    """How many calls are left, as an answer said."""

    limit: int | None = None
    """The most calls in a window."""
    remaining: int | None = None
    """How many of them are left; no promise, since other programs may use the account."""
    reset: int | None = None
    """Seconds from ``refreshed`` until the window ends."""
    policy: str | None = None
    """The policy as it was sent: ``"50;w=300"``."""
    refreshed: datetime = field(converter=aware)
    """When the answer came."""
    windows: tuple[RateWindow, ...] = ()
    """The policy as it was understood."""

    def get_estimated_reset(self) -> datetime | None:
        """When the window ends; in the past if ``refreshed`` is long ago, None if the answer did not say."""
        return None if self.reset is None else self.refreshed + timedelta(seconds=self.reset)

    def get_time_window(self) -> int:
        """How long the window lasts (seconds); the 300 that Amber announced where no policy was sent.

        Of several windows it is the one that ``limit`` belongs to, else the shortest.
        """
        lengths = [window.seconds for window in self.windows if window.quota == self.limit]
        return min(lengths or [w.seconds for w in self.windows], default=ANNOUNCED_WINDOW)


def parse_ratelimits(headers: Mapping[str, str], *, refreshed: datetime) -> RateLimits | None:
    """Read the RateLimit headers of an answer; None where there are none, or none that make sense."""
    lower = {name.lower(): value for name, value in headers.items()}
    limits = _items(lower.get("ratelimit-limit"))
    policy = lower.get("ratelimit-policy")
    windows = dict(_windows(_items(policy)) or _windows(limits))
    state = _state(lower, limits) or _combined(lower.get("ratelimit"), windows)
    if not state and not windows:
        return None
    return RateLimits(
        limit=state.get("limit"),
        remaining=state.get("remaining"),
        reset=state.get("reset"),
        policy=policy,
        refreshed=refreshed,
        windows=tuple(windows.values()),
    )


def _items(value: str | None) -> list[Item]:
    """A field as a list of items with their parameters; empty if it is absent or malformed."""
    return [] if value is None else parse_list(value)


def _count(value: object) -> int | None:
    """A number of calls or seconds: a whole one, at least 0."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None


def _state(headers: Mapping[str, str], limits: list[Item]) -> dict[str, int]:
    """The three fields of the drafts up to -06; up to -03 the limit's also carried the policy."""
    found: dict[str, object] = {"limit": limits[0][0] if limits else None}
    for name in ("remaining", "reset"):
        items = _items(headers.get(f"ratelimit-{name}"))
        found[name] = items[0][0] if len(items) == 1 else None
    return _counts(found)


def _counts(found: Mapping[str, object]) -> dict[str, int]:
    return {name: n for name, value in found.items() if (n := _count(value)) is not None}


def _windows(items: list[Item]) -> dict[str, RateWindow]:
    """The rules of a policy by their names; up to draft -07 a rule's name is its quota."""
    return dict(_named_windows(items))


def _named_windows(items: list[Item]) -> Iterator[tuple[str, RateWindow]]:
    for value, parameters in items:
        quota = _count(parameters.get("q") if isinstance(value, str) else value)
        seconds = _count(parameters.get("w"))
        if quota is not None and seconds:
            yield str(value), RateWindow(quota, seconds)


def _combined(value: str | None, windows: Mapping[str, RateWindow]) -> dict[str, int]:
    """The single field of the drafts from -07 on."""
    if value is None:
        return {}
    if fields := parse_dictionary(value):
        wanted = ("limit", "remaining", "reset")
        return _counts({name: fields[name] for name in wanted if name in fields})
    named = [item for item in _items(value) if _count(item[1].get("r")) is not None]
    if not named:
        return {}
    # Of several policies the one with least left is the one that will refuse first.
    name, parameters = min(named, key=_left)
    rule = windows.get(str(name))
    limit = rule.quota if rule else None
    return _counts({"limit": limit, "remaining": parameters["r"], "reset": parameters.get("t")})


def _left(item: Item) -> int:
    return int(item[1]["r"])


# Structured fields

_BARE: Final = r'"(?:[^"\\]|\\["\\])*"|-?\d{1,12}\.\d{1,3}|-?\d{1,15}|\?[01]|[A-Za-z*][\w:/!#$%&\'*+.^`|~-]*'
_KEY: Final = r"[a-z*][a-z0-9_.*-]*"
_PARAMETER: Final = re.compile(rf";[ ]*({_KEY})(?:=({_BARE}))?", re.ASCII)
_MEMBER: Final = re.compile(rf"({_BARE})((?:;[ ]*{_KEY}(?:=(?:{_BARE}))?)*)", re.ASCII)
_ENTRY: Final = re.compile(rf"({_KEY})=({_BARE})(?:;[ ]*{_KEY}(?:=(?:{_BARE}))?)*", re.ASCII)
_COMMA: Final = re.compile(r"[ \t]*,[ \t]*")


def parse_list(field: str) -> list[Item]:
    """The items of a list, or the one item; empty if the field is malformed, which is to be ignored."""
    return [(_bare(found[1]), _parameters(found[2])) for found in _members(_MEMBER, field)]


def parse_dictionary(field: str) -> dict[str, Bare]:
    """The values of a dictionary, without their parameters; empty if the field is malformed."""
    return {found[1]: _bare(found[2]) for found in _members(_ENTRY, field)}


def _members(pattern: re.Pattern[str], field: str) -> list[re.Match[str]]:
    """What stands between the commas, all of it, or nothing."""
    text, place = field.strip(" "), 0
    found: list[re.Match[str]] = []
    while member := pattern.match(text, place):
        found.append(member)
        if member.end() == len(text):
            return found
        comma = _COMMA.match(text, member.end())
        if comma is None:
            return []
        place = comma.end()
    return []


def _parameters(text: str) -> dict[str, Bare]:
    return {
        name: True if value is None else _bare(value)
        for name, value in (found.groups() for found in _PARAMETER.finditer(text))
    }


def _bare(text: str) -> Bare:
    if text[0] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if text[0] == "?":
        return text == "?1"
    if text[0] == "-" or text[0].isdigit():
        return float(text) if "." in text else int(text)
    return text
