"""What ``doctor`` looks at: the installation, and one home's clock, limits and signs."""

from __future__ import annotations

import importlib.metadata
import platform
import time
from typing import TYPE_CHECKING, Any

from attrs import frozen

import openpower
from openpower.cli.target import state_folder
from openpower.site import Site
from openpower_core.balance import Verdict, check_signs
from openpower_core.connection.profiles import config_path, profiles
from openpower_core.errors import ConfigurationError, OpenPowerError
from openpower_core.registry import load
from openpower_core.secrets import mask
from openpower_core.write import SQLiteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openpower_core.connection import Connection

__all__ = ["Finding", "check_home", "check_installation"]

_LOOK_EVERY_S = 15.0
_SAME_CLOCK_S = 2.0
"""Vendors tell whole seconds, and an answer travels."""
_MOST_SKEW_S = 60.0


@frozen(kw_only=True)
class Finding:
    """One thing looked at; ``well`` is None for what is only told."""

    what: str
    well: bool | None
    words: str

    def as_data(self) -> dict[str, Any]:
        """For ``--json``."""
        return {"what": self.what, "well": self.well, "words": self.words}


def check_installation() -> Iterator[Finding]:
    """Versions, providers, the configuration file, the state folder, the time zones, the clock."""
    yield Finding(
        what="openpower",
        well=None,
        words=f"{importlib.metadata.version('openpower')} on Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}",
    )
    for info in openpower.providers():
        yield _provider(info.name, f"{info.distribution} {info.version}".strip())
    yield _profiles()
    yield _state()
    yield _zones()
    year = time.gmtime().tm_year
    yield Finding(
        what="clock",
        well=year >= 2026,
        words=f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())}; against a vendor's it is checked with a NAME",
    )


def _provider(name: str, origin: str) -> Finding:
    try:
        spec = load(name)
    except OpenPowerError as error:
        return Finding(what=f"provider {name}", well=False, words=str(error))
    return Finding(what=f"provider {name}", well=True, words=f"{spec.title}, from {origin}")


def _profiles() -> Finding:
    try:
        known = profiles()
    except ConfigurationError as error:
        return Finding(what="profiles", well=False, words=str(error))
    words = f"{len(known)} in {config_path()}" if known else f"none yet ({config_path()})"
    return Finding(what="profiles", well=True, words=words)


def _state() -> Finding:
    folder = state_folder()
    if not folder.exists():
        return Finding(what="state folder", well=True, words=f"not made yet ({folder})")
    try:
        store = SQLiteStore(folder)
        try:
            lines = len(store.audit())
        finally:
            store.close()
    except (OpenPowerError, OSError) as error:
        return Finding(what="state folder", well=False, words=str(error))
    return Finding(what="state folder", well=True, words=f"{folder}, {lines} lines of audit")


def _zones() -> Finding:
    import zoneinfo

    count = len(zoneinfo.available_timezones())
    words = f"{count} known" if count else "none known: pip install tzdata"
    return Finding(what="time zones", well=count > 0, words=words)


def check_home(
    connection: Connection[Any], provider: str, *, minutes: float, tell: Callable[[str], Any]
) -> Iterator[Finding]:
    """Sign-in and devices, the vendor's clock, what limits leave, and the signs of the flows."""
    try:
        devices = connection.devices()
    except OpenPowerError as error:
        yield Finding(what=provider, well=False, words=f"{type(error).__name__}: {error}")
        return
    roles = ", ".join(mask(device.info.id) for device in devices) or "no device"
    yield Finding(what=provider, well=bool(devices), words=roles)
    yield _judged("clock skew", lambda: _skew(connection.native))
    yield _judged("rate limit", lambda: _limits(connection.native))
    yield _judged("signs", lambda: _signs(connection, minutes, tell))


def _judged(what: str, look: Callable[[], Finding]) -> Finding:
    """What one look finds; a vendor that fails there fails only that line."""
    try:
        return look()
    except OpenPowerError as error:
        return Finding(what=what, well=False, words=f"{type(error).__name__}: {error}")


def _skew(native: Any) -> Finding:
    offset = getattr(native, "clock_offset", None)
    if offset is None:
        return Finding(what="clock skew", well=None, words="the vendor does not tell its time")
    seconds = offset.total_seconds()
    if abs(seconds) <= _SAME_CLOCK_S:
        return Finding(what="clock skew", well=True, words="none: the vendor's clock agrees")
    words = f"the vendor's clock is {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}"
    well = abs(seconds) < _MOST_SKEW_S
    advice = "" if well else "; set this machine's clock (timedatectl set-ntp true)"
    return Finding(what="clock skew", well=well, words=words + advice)


def _limits(native: Any) -> Finding:
    ask = getattr(native, "get_ratelimits", None)
    limits = ask() if ask else None
    if limits is None:
        return Finding(what="rate limit", well=None, words="the vendor does not tell what is left")
    return Finding(
        what="rate limit",
        well=bool(limits.remaining is None or limits.remaining > 0),
        words=f"{limits.remaining} of {limits.limit} calls left",
    )


_VERDICTS = {
    Verdict.RIGHT: (True, "the flows balance"),
    Verdict.OPEN: (None, "too little flows, or too little is known, to tell"),
    Verdict.WRONG: (False, "the flows do not balance, and no single flip would mend it"),
}


def _signs(connection: Connection[Any], minutes: float, tell: Callable[[str], Any]) -> Finding:
    site = Site(connection)
    samples = [site.snapshot().balance]
    end = time.monotonic() + minutes * 60
    if minutes:
        tell(f"Watching the flows for {minutes:g} minutes …")
    while time.monotonic() + _LOOK_EVERY_S <= end:
        time.sleep(_LOOK_EVERY_S)
        samples.append(site.snapshot().balance)
    report = check_signs(samples)
    left = "" if report.residual_w is None else f"; {report.residual_w:.0f} W are left over"
    if report.verdict is Verdict.FLIPPED:
        words = f"the {report.flip}'s sign is wrong: turned round, the flows balance{left}"
        return Finding(what="signs", well=False, words=words)
    well, words = _VERDICTS[report.verdict]
    return Finding(what="signs", well=well, words=f"{words}{left}")
