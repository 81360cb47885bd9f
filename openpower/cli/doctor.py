"""``openpower doctor``: checks the installation, and the clock, limits and signs of one home."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
import time
import zoneinfo
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, Final, TypeVar

from attrs import asdict, evolve, frozen
from cyclopts import Parameter, validators

import openpower
from openpower import Connection, OpenPowerError, Quality, Role, Site, Snapshot, StaleData, mask
from openpower.cli.arguments import connect_to, error_text
from openpower.cli.home import failure_text, issue_lines, nothing_found
from openpower.cli.options import PLAIN, Common
from openpower.cli.output import busy, print_json, print_labelled
from openpower.cli.overdue import OVERDUE, overdue_anywhere
from openpower.cli.signals import started
from openpower_core.balance import Verdict, check_signs
from openpower_core.connection.context import state_folder
from openpower_core.connection.profiles import config_path, profiles
from openpower_core.registry import installed, load
from openpower_core.registry.hooks import GROUP as PLUGINS
from openpower_core.registry.loading import GROUP as PROVIDERS
from openpower_core.registry.policy import normalised, policy
from openpower_core.write import read_audit

T = TypeVar("T")

_WITHIN_S: Final = 12.0
"""How long all questions to a vendor may take together; ``--minutes`` come on top."""
_CLOSING_S: Final = 2.0
_LOOK_EVERY_S: Final = 15.0
_SAME_CLOCK_S: Final = 2.0
"""Vendors report whole seconds, and an answer takes time to arrive."""
_MOST_SKEW_S: Final = 60.0


@frozen
class Finding:
    """The result of one check; ``well`` is None for a note."""

    what: str
    well: bool | None
    words: str


def doctor(
    name: Annotated[
        str | None, Parameter(help="a profile or a provider; without one, only the installation is checked.")
    ] = None,
    /,
    *,
    minutes: Annotated[float, Parameter(validator=validators.Number(gte=0))] = 0.0,
    common: Common = PLAIN,
) -> int:
    """Check the installation, and a home's devices, figures, clock, limits and signs.

    It says what is missing, stale, suspect or unproven, and within 12 seconds: what takes longer is named as not checked. The output contains no secrets and no full serial numbers, so you can paste it into a report.

    Args:
        minutes: how long to watch the power flows for a wrong sign (default: one look).
    """
    show = list[Finding] if common.json else _show
    findings = show(_check_installation())
    if name is not None or common.profile is not None:
        _, connection = connect_to(name, common)
        try:
            findings += show(_check_home(connection, minutes=minutes))
        finally:
            with suppress(TimeoutError):  # what still waits for the vendor ends with the program
                started(connection.close).result(_CLOSING_S)
    if common.json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    if any(finding.what == _OVERDUE and finding.well is False for finding in findings):
        return OVERDUE
    return 1 if any(finding.well is False for finding in findings) else 0


_OVERDUE: Final = "overdue"


_MARKS: Final = {True: "ok", False: "FAIL", None: "note"}
_STYLES: Final = {"ok  ": "green", "FAIL": "bold red", "note": "dim"}


def _show(findings: Iterable[Finding]) -> list[Finding]:
    """Print each finding as soon as it is known."""
    shown: list[Finding] = []
    for finding in findings:
        print_labelled([(f"{_MARKS[finding.well]:<4}", f"{finding.what}: {finding.words}")], styles=_STYLES)
        sys.stdout.flush()
        busy.begin("checking")
        shown.append(finding)
    return shown


def _check_installation() -> Iterator[Finding]:
    """Versions, providers, the configuration file, the state folder, the time zones, the clock."""
    version = importlib.metadata.version("openpower")
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Finding("openpower", None, f"{version} on {machine}")
    yield _checked("allowed plugins", _policy)
    for info in openpower.providers():
        yield _noted(_checked(f"provider {info.name}", partial(_provider, info)))
    for info in installed(PLUGINS):
        yield _noted(_checked(f"plugin {info.name}", partial(_plugin, info)))
    yield _checked("profiles", _profiles)
    yield _checked("state folder", _state)
    yield from _overdue()
    zones = len(zoneinfo.available_timezones())
    yield Finding("time zones", zones > 0, f"{zones} known" if zones else "none known: pip install tzdata")
    now = time.gmtime()
    words = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', now)}; give a NAME to compare it with a vendor's"
    yield Finding("clock", now.tm_year >= 2026, words)


def _checked(what: str, look: Callable[[], str]) -> Finding:
    """The result of one check; a failure affects only its own line."""
    try:
        return Finding(what, True, look())
    except OpenPowerError as error:
        return Finding(what, False, error_text(error))
    except OSError as error:
        return Finding(what, False, str(error))


def _policy() -> str:
    rules = policy()
    if not rules.source:
        return "all"
    known = {normalised(info.distribution) for group in (PROVIDERS, PLUGINS) for info in installed(group)}
    absent = sorted(({*rules.deny} | (rules.allow or frozenset())) - known)
    parts = ["all" if rules.allow is None else f"only {', '.join(sorted(rules.allow)) or 'none'}"]
    parts += [f"not {', '.join(sorted(rules.deny))}"] if rules.deny else []
    parts += [f"not installed: {', '.join(absent)}"] if absent else []
    return f"{'; '.join(parts)} ({rules.source})"


_DENIED: Final = "denied, "


def _noted(finding: Finding) -> Finding:
    """What is denied is neither well nor wrong: somebody decided so."""
    return evolve(finding, well=None) if finding.words.startswith(_DENIED) else finding


def _provider(info: openpower.ProviderInfo) -> str:
    origin = f"from {info.distribution} {info.version}".strip()
    if info.denied:
        return f"{_DENIED}{origin}: {info.denied}"
    return f"{load(info.name).title}, {origin}"


def _plugin(info: openpower.ProviderInfo) -> str:
    origin = f"from {info.distribution} {info.version}".strip()
    return f"{_DENIED}{origin}: {info.denied}" if info.denied else origin


def _profiles() -> str:
    known = profiles()
    return f"{len(known)} in {config_path()}" if known else f"none yet ({config_path()})"


def _state() -> str:
    folder = state_folder()
    if not folder.exists():
        return f"not created yet ({folder})"
    lines = len(read_audit(folder))
    return f"{folder}, {lines} {'entry' if lines == 1 else 'entries'} in the audit"


def _overdue() -> Iterator[Finding]:
    """What any home left undone; a damaged state folder has its own line."""
    with suppress(OpenPowerError, OSError):
        for each in overdue_anywhere():
            yield Finding(_OVERDUE, False, str(each))


def _check_home(connection: Connection[Any], *, minutes: float) -> Iterator[Finding]:
    """Sign-in and devices, their figures, the vendor's clock, the signs of the flows, and what limits leave."""
    end = time.monotonic() + _WITHIN_S + minutes * 60
    left = ["devices", "figures", "clock skew", "signs", "rate limit"]

    def within(call: Callable[[], T]) -> T:
        future = started(call)
        try:
            result = future.result(max(0.0, end - time.monotonic()))
        except TimeoutError as error:
            raise error if future.done() else _OutOfTime from None
        del left[0]
        return result

    try:
        try:
            devices = within(connection.devices)
        except OpenPowerError as error:
            yield Finding(connection.provider, False, f"{type(error).__name__}: {error_text(error)}")
            return
        ids = ", ".join(mask(device.info.id) for device in devices)
        yield Finding(connection.provider, bool(devices), ids or nothing_found([connection.provider]))
        for failure in connection.failures:
            yield Finding("missing", False, failure_text(failure))
        site = Site(connection)
        first = within(site.snapshot)
        yield from _figures(connection, first)
        looks: list[Callable[[], tuple[bool | None, str]]] = [
            lambda: _skew(connection.native),
            lambda: _signs(site, first, minutes),
            lambda: _limits(connection.native),
        ]
        for look in looks:
            what = left[0]
            try:
                yield Finding(what, *within(look))
            except OpenPowerError as error:  # a failure affects only its own line
                left.remove(what)
                yield Finding(what, False, f"{type(error).__name__}: {error_text(error)}")
    except _OutOfTime:
        words = f"{', '.join(left)}: {connection.provider} did not answer within {_WITHIN_S:g} s"
        yield Finding("not checked", False, words)


class _OutOfTime(Exception):
    """The time for all checks is over."""


def _figures(connection: Connection[Any], first: Snapshot) -> Iterator[Finding]:
    """What of the devices is missing, stale, suspect or unproven."""
    for failure in first.failures:
        if failure.device is not None:
            stale = isinstance(failure.error, StaleData)
            yield Finding("stale" if stale else "missing", False, failure_text(failure))
    unproven: list[str] = []
    proven = any(capability.verified for device in connection.devices() for capability in device.capabilities.values())
    for device in connection.devices():
        reading = first.readings.get(device.info.id)
        for line in issue_lines(device.info, reading) if reading else ():
            yield Finding("suspect", None, line)
        if reading and reading.stamp.quality is not Quality.LIVE:
            yield Finding("not live", None, f"{mask(device.info.id)}: the figures are {reading.stamp.quality.value}")
        names = [
            name.value for name, capability in device.capabilities.items() if capability and not capability.verified
        ]
        unproven += [f"{device.info.role.words}: {', '.join(names)}"] if names else []
    if not proven:
        yield Finding("unproven", None, "nothing of this provider has been seen to work on real hardware yet")
    elif unproven:
        yield Finding("unproven", None, f"not yet seen to work on real hardware: {'; '.join(unproven)}")
    if not any(device.info.tz for device in connection.devices()):
        yield Finding("time zone", None, "unknown, so that history and wall-clock times need one: -O tz=Europe/Berlin")


def _skew(native: Any) -> tuple[bool | None, str]:
    offset = getattr(native, "clock_offset", None)
    if offset is None:
        return None, "the vendor does not report its time"
    seconds = offset.total_seconds()
    if abs(seconds) <= _SAME_CLOCK_S:
        return True, "none"
    words = f"the vendor's clock is {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}"
    if abs(seconds) < _MOST_SKEW_S:
        return True, words
    return False, f"{words}; synchronise this machine's clock (timedatectl set-ntp true)"


def _limits(native: Any) -> tuple[bool | None, str]:
    ask = getattr(native, "get_ratelimits", None)
    limits = ask() if ask else None
    if limits is None:
        return None, "the vendor does not report it"
    left = limits.remaining is None or limits.remaining > 0
    return bool(left), f"{limits.remaining} of {limits.limit} calls left"


_FLOWS: Final = {Role.METER, Role.INVERTER, Role.BATTERY}
_VERDICTS: Final[dict[Verdict, tuple[bool | None, str]]] = {
    Verdict.RIGHT: (True, "the flows balance"),
    Verdict.OPEN: (None, "the flows are too small, or too few of them known, to tell"),
    Verdict.WRONG: (False, "the flows do not balance, and changing one sign would not correct it"),
}


def _signs(site: Site, first: Snapshot, minutes: float) -> tuple[bool | None, str]:
    if not any(device.info.role in _FLOWS for device in site.devices()):
        return None, "skipped: no meter, inverter or battery here, so no power flows to watch"
    samples = [first.balance]
    end = time.monotonic() + minutes * 60
    if minutes:
        busy.say(f"watching the flows for {minutes:g} minutes")
    while time.monotonic() + _LOOK_EVERY_S <= end:
        time.sleep(_LOOK_EVERY_S)
        samples.append(site.snapshot().balance)
    report = check_signs(samples)
    left = "" if report.residual_w is None else f"; {report.residual_w:.0f} W is unaccounted for"
    if report.verdict is Verdict.FLIPPED:
        return False, f"the {report.flip}'s sign is wrong: with the opposite sign the flows balance{left}"
    well, words = _VERDICTS[report.verdict]
    longer = "" if minutes or well else "; to watch them for longer: --minutes 2"
    return well, f"{words}{left}{longer}"
