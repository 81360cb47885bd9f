"""What people type and what it stands for: homes, ``-O KEY=VALUE``, days and times; and errors in the words they typed."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import openpower
from openpower import ConfigurationError, InvalidValue, MissingCredential, OpenPowerError
from openpower.cli.options import Common
from openpower.cli.output import busy, print_error
from openpower_core import checks, registry
from openpower_core._error import nearest
from openpower_core.connection.connecting import home_named
from openpower_core.connection.context import state_folder
from openpower_core.connection.profiles import profile_names, profiles
from openpower_core.convert.documents import READ
from openpower_core.registry.spec import Option, OptionKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openpower import Connection
    from openpower.cli.options import Pairs
    from openpower_core.registry.spec import ProviderSpec


def connect_to(
    name: str | None, common: Common, *, stateful: bool = False, releases: bool | None = None
) -> tuple[str, Connection[Any]]:
    """Connect to the home that a command names; gives what it is called, too.

    Args:
        name: NAME.
        common: the options of every command.
        stateful: whether the command may write.
        releases: whether the connection releases by itself what is due; by default if it may write.
    """
    home = common.profile or name or default_home()
    if home == common.profile and home not in profiles():
        raise no_profile(home, profiles(), hint="Sign in with: openpower login PROVIDER")
    provider, profile = home_named(home)
    busy.say(f"asking {home}")
    options = provider_options(provider, common.option)
    folder = Path(options.get("state_dir", state_folder()))
    if stateful:
        check_writable(folder, hint="Set OPENPOWER_STATE_DIR to a folder that can be written.")
    # Reading leaves no files behind, so it names no folder; except that the simulated home itself lives there.
    if stateful or (provider == "demo" and writable(folder)):
        options.setdefault("state_dir", folder)
    if provider == "demo" and profile is None:  # by the clock on the wall, so that it is day there when it is day here
        options.setdefault("tz", zone_of_machine())
    try:
        connection = openpower.connect(home, **options)
    except MissingCredential as missing:
        missing.hint = _sign_in_hint(registry.load(provider), profile)
        raise
    # A look, or a dry run, must send nothing: not even the release that an earlier command left undone.
    if not (stateful if releases is None else releases) and folder.exists() and connection.writer is not None:
        connection.writer.releases = False
    return home, connection


def connect_all(names: Sequence[str], pairs: Pairs) -> list[Connection[Any]]:
    """Connect to several homes; an option ``KEY=VALUE`` is for those whose provider has it, ``NAME.KEY=VALUE`` for one.

    Raises:
        InvalidValue: no home takes an option.
    """
    given: dict[str, list[str]] = {name: [] for name in names}
    for pair in pairs:
        home, dot, rest = pair.partition("=")[0].rpartition(".")
        key = rest.strip().replace("-", "_")
        taking = [name for name in ([home] if dot else names) if name in given and key in _keys_of(home_named(name)[0])]
        if not taking:
            raise InvalidValue(
                f"-O {pair}: none of {', '.join(names)} takes it.",
                operation=READ,
                hint="Write KEY=VALUE or NAME.KEY=VALUE.",
            )
        for name in taking:
            given[name].append(pair[len(home) + len(dot) :])
    return [connect_to(name, Common(option=tuple(given[name])))[1] for name in names]


_TYPED: Final = ("base_url", "allow_http", "tz", "state_dir", "max_power_w", "default_duration", "timeout")
"""The options of every provider that can be typed; the others are objects of a program."""


def _keys_of(provider: str) -> tuple[str, ...]:
    return (*registry.load(provider).keywords(aliases=True), *_TYPED)


def _sign_in_hint(spec: ProviderSpec, profile: str | None) -> str:
    """Where the command line takes credentials from; the library's own hint names arguments of ``connect``."""
    needed = [credential for credential in spec.credentials if credential.required] or spec.credentials[:1]
    places = ", ".join(dict.fromkeys(credential.where for credential in needed if credential.where))
    variables = ", ".join(credential.variable(spec.name) for credential in needed)
    where = f" Get them at {places}." if places else ""
    other = f" --profile {profile}" if profile not in (None, spec.name) else ""
    return f"Sign in with: openpower login {spec.name}{other} – or set {variables}.{where}"


def default_home() -> str:
    """The profile that is meant without NAME: the one that ``OPENPOWER_PROFILE`` names, or else the only one.

    Raises:
        ConfigurationError: there is no profile, or more than one, and none is named.
    """
    known = profiles()
    named = os.environ.get("OPENPOWER_PROFILE") or _only(known)
    if named not in known:
        raise no_profile(named, known, hint="Sign in with: openpower login PROVIDER")
    return named


def is_home(name: str) -> bool:
    """Whether it is a profile or an installed provider; a configuration file that cannot be read has no profiles."""
    with contextlib.suppress(ConfigurationError):
        if name in profile_names():
            return True
    return name in {info.name for info in openpower.providers()}


def no_profile(name: str, known: Iterable[str], *, hint: str) -> ConfigurationError:
    """The error that says which profiles there are."""
    names = ", ".join(sorted(known))
    others = f"there are: {names}" if names else "none has been stored yet"
    return ConfigurationError(f"there is no profile {name!r}; {others}.", hint=hint)


def _only(known: dict[str, dict[str, Any]]) -> str:
    if len(known) == 1:
        return next(iter(known))
    if not known:
        raise ConfigurationError(
            "no NAME was given, and no profile has been stored yet.",
            hint="Sign in with: openpower login PROVIDER – or try the simulated home: openpower demo",
        )
    raise ConfigurationError(
        f"there are several profiles: {', '.join(sorted(known))}.", hint="Give the NAME of one after the command."
    )


def writable(folder: Path) -> bool:
    """Whether files can be written there, or in the folder that it would be made in."""
    there = next((each for each in (folder, *folder.absolute().parents) if os.access(each, os.F_OK)), folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def check_writable(folder: Path, *, hint: str) -> None:
    """Refuse a folder that cannot be written, before anybody is asked or anything is sent."""
    if not writable(folder):
        raise ConfigurationError(f"the folder {folder} cannot be written.", hint=hint)


def provider_options(provider: str, pairs: Pairs) -> dict[str, Any]:
    """Parse ``KEY=VALUE`` pairs such as ``tz=Europe/Berlin``.

    Raises:
        InvalidValue: a pair has no ``=``, a value is not of its option's type, or the key names a secret:
            every process of the machine can read arguments.
    """
    given: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key = key.strip().replace("-", "_")
        if not equals or not key:
            raise InvalidValue(
                f"-O takes KEY=VALUE, and {pair!r} is not of that form.",
                hint="Write, for example, -O tz=Europe/Berlin.",
            )
        given[key] = value
    if not given:
        return {}
    spec = registry.load(provider)
    for credential in spec.credentials:
        names = {credential.name, *credential.aliases} & given.keys()
        if credential.secret and names:
            raise InvalidValue(
                f"{min(names)} is a secret, and every process on this machine can read command-line arguments.",
                hint=f"Set {credential.variable(provider)} in the environment instead.",
            )
    options = {name: option for option in spec.options for name in (option.name, *option.aliases)}
    for name in given:
        if name not in (known := _keys_of(provider)):
            own = ", ".join(spec.keywords()) or "nothing of its own"
            words = f"there is no option {name!r}; it takes {own}, and every provider takes {', '.join(_TYPED)}."
            raise InvalidValue(words, provider=provider, hint=nearest(name, known))
    options |= {name: Option(name, kind=kind) for name, kind in _KINDS.items()}
    return {key: options[key].read(value) if key in options else value for key, value in given.items()}


_KINDS: Final[dict[str, OptionKind]] = {
    "timeout": "seconds",
    "default_duration": "seconds",
    "allow_http": "flag",
    "max_power_w": "number",
    "tz": "zone",
}
"""Of the options that every provider takes."""
_DAYS: Final = {"week-ago": -7, "yesterday": -1, "today": 0, "tomorrow": 1}


def zone_of(tz: str | None) -> ZoneInfo | None:
    """The home's zone; None when no device knows it.

    Raises:
        InvalidValue: there is no such zone.
    """
    return ZoneInfo(checks.zone(tz, "tz")) if tz else None


def is_zone(name: str) -> bool:
    """Whether there is such a zone."""
    with contextlib.suppress(InvalidValue):
        return zone_of(name) is not None
    return False


def zone_of_machine() -> str:
    """The zone of this machine's clock; UTC if the machine does not name it."""
    link = Path("/etc/localtime")
    linked = str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else ""
    names = (os.environ.get("TZ", "").lstrip(":"), linked)
    return next((name for name in names if name and is_zone(name)), "UTC")


def local(instant: datetime, tz: str | None) -> datetime:
    """An instant on the home's clock, or in UTC if its zone is unknown."""
    return instant.astimezone(zone_of(tz) or UTC)


def note_zone(tz: str | None) -> None:
    """Say that times are in UTC, where the home's zone is unknown."""
    if zone_of(tz) is None:
        print_error("note: the home's time zone is unknown, so times are in UTC; give it with -O tz=Australia/Sydney")


def time_text(instant: datetime, tz: str | None) -> str:
    """``Mon 23 Nov 06:00``, on the home's clock."""
    return day_and_clock(local(instant, tz))


def day_and_clock(there: datetime) -> str:
    """``Mon 23 Nov 06:00``, on the clock that it is given on."""
    return f"{there:%a} {there.day} {there:%b %H:%M}"


def day_start(text: str, tz: str | None, *, now: datetime) -> datetime:
    """When a day begins on the home's clock, or the time that is written out (UTC).

    Raises:
        InvalidValue: it is neither a day nor a time, or needs a zone that is unknown.
    """
    if text in _DAYS:
        day = now.astimezone(_known(tz, text)).date() + timedelta(days=_DAYS[text])
    else:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return _instant(text, tz, "day", hint="Write today, yesterday, week-ago, 2026-08-04 or 2026-08-04T18:30.")
    return _in_utc(datetime.combine(day, time(0), tzinfo=_known(tz, text)), text)


def next_time(text: str, tz: str | None, *, now: datetime) -> datetime:
    """When the home's clock next shows ``06:00``, or a clock with the offset of ``23:30Z``, or the time that is written out (UTC).

    Raises:
        InvalidValue: it is none of these, lies in the past, or needs a zone that is unknown.
    """
    try:
        clock = _clock(text)
    except ValueError:
        hint = "Write a time such as 06:00, or with its date: 2026-08-04T06:00."
        instant = now if text == "now" else _instant(text, tz, "time", hint=hint)
        if instant < now:
            raise InvalidValue(f"{text!r} is in the past.") from None
        return instant
    zone = clock.tzinfo or _known(tz, text)
    here = now.astimezone(zone)
    # By the calendar and not by adding 24 hours: on the days when the clock changes, tomorrow's 06:00 is 23 or 25 away.
    found = datetime.combine(here.date(), clock, tzinfo=zone)
    if found <= here:
        found = datetime.combine(here.date() + timedelta(days=1), clock, tzinfo=zone)
    return found.astimezone(UTC)


def _clock(text: str) -> time:
    """``6:00``, ``06:00Z`` or ``06:00+02:00``; 24:00 is midnight."""
    hour, colon, rest = text.strip().upper().partition(":")
    return time.fromisoformat(f"{'00' if (hour, rest) == ('24', '00') else hour.rjust(2, '0')}{colon}{rest}")


_DATED: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)([T ](?P<clock>\d\d:?\d\d\S*?))?\s*(?P<offset>Z|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)


def _instant(text: str, tz: str | None, kind: str, *, hint: str) -> datetime:
    found = _DATED.fullmatch(text.strip())
    try:
        # fromisoformat alone takes any character between a day and a clock: 2026-08-04+02:00 would be two o'clock.
        instant = (
            datetime.fromisoformat(f"{found['day']}T{found['clock'] or '00:00'}{found['offset'] or ''}".upper())
            if found
            else None
        )
    except ValueError:
        instant = None
    if instant is None:
        raise InvalidValue(f"{text!r} is not a {kind}.", hint=hint)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=_known(tz, text))
    return _in_utc(instant, text)


def _in_utc(instant: datetime, text: str) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:  # the first day of year 1, or the last one of year 9999
        raise InvalidValue(f"{text!r} is out of range.", hint="Give a time of these years.") from None


def _known(tz: str | None, text: str) -> ZoneInfo:
    zone = zone_of(tz)
    if zone is None:
        raise InvalidValue(
            f"{text!r} is a time on the home's clock, and the home's time zone is unknown.",
            hint="Give the zone with -O tz=Europe/Berlin, or the time with its offset: 2026-08-04T18:30+02:00.",
        )
    return zone


AS_TYPED: Final = {
    "target_soc_pct": "--to",
    "power_w": "--power",
    "until": "--until",
    "amps": "--amps",
    "reserve_soc_pct": "reserve",
    "max_soc_pct": "max-soc",
    "limit_w": "export-limit",
    "import_retailer": "--import-retailer",
    "max_charge_w": "--charge",
    "max_discharge_w": "--discharge",
    "scope": "--scope",
    "resolution": "--resolution",
    "unattended": "--unattended",
    "dry_run": "--dry-run",
    "state_dir": "OPENPOWER_STATE_DIR",
    "tz": "-O tz",
    "base_url": "-O base_url",
    "timeout": "-O timeout",
    **{
        f"{name}()": f"openpower {name}" for name in ("charge", "hold", "export", "auto", "release", "devices", "usage")
    },
    **{f"{name}()": f"openpower ev {name}" for name in ("start", "stop")},
}
"""What to type for an argument or a method of the library; the options of a provider come on top."""
_PHRASES: Final = {
    ", or a timedelta": "",
    ", or datetime.time(1, 30)": "",
    "allow_http=True in connect() or the profile's TOML, or -O allow_http=true on the command line": "-O allow_http=true, or allow_http = true in the profile's TOML",
}
"""What only a program can give."""
_PYTHON: Final = re.compile(
    r"(?P<call>\b[a-z_]+\(\))|\b(?P<kind>battery|ev_charger)\('(?P<id>[^']*)'\)|(?<!-O )(?P<given>\b[a-z]\w*)=(?P<value>[^\s,;:.)]*)"
    r"|(?P<subject>^[a-z]\w*)(?= is )|(?<!-O )(?P<name>\b[a-z]+(?:_[a-z]+)+\b)"
)
"""Python in a message: ``stop()``, ``battery('AL…0001')``, ``until=``, an argument that begins it, ``target_soc_pct``."""


def error_text(error: OpenPowerError, typed: Sequence[str] = ()) -> str:
    """The message of an error, which from here on names options instead of the library's arguments."""
    if error.operation == READ:
        return str(error)
    options = {**AS_TYPED, **_provider_words(error.provider)}
    for word in typed:  # --start of one command is -O start= of another: what was typed decides
        option, equals, _ = word.partition("=")
        if option.startswith("--"):
            options[option[2:].replace("-", "_")] = option
        elif equals:
            options[option] = f"-O {option}"
    message, subject = error.message, error.argument or ""
    if subject in options and message.startswith(f"{subject} "):
        message = f"{options[subject]}{message[len(subject) :]}"
    error.message = in_options(message, options)
    error.hint = error.hint and in_options(error.hint, options)
    return str(error)


def in_options(text: str, options: dict[str, str] = AS_TYPED) -> str:
    """The text with options in place of the library's arguments.

    >>> in_options("target_soc_pct is 180.0. Give until=, or call release().")
    '--to is 180.0. Give --until, or call openpower release.'
    """

    def typed(match: re.Match[str]) -> str:
        if match["kind"]:
            return f"--{match['kind'].removeprefix('ev_')} {match['id']}"
        option = options.get(match["call"] or match["given"] or match["subject"] or match["name"])
        option = options.get(f"{match['given']}=", option)
        if option is None or (match["name"] and option.startswith(("-O ", "OPENPOWER_"))):
            return match[0]  # a name on its own is an argument only where it is typed as a word of its own
        value = match["value"] or ""
        if value in {"", "…", "True"}:
            return f"{option}=…" if match["given"] and option.startswith("-O ") else option
        return f"{option}={value}"

    for words, instead in _PHRASES.items():
        text = text.replace(words, instead)
    return _PYTHON.sub(typed, text)


def _provider_words(provider: str | None) -> dict[str, str]:
    """How options of a provider are given, and in which variables its credentials."""
    try:
        spec = registry.load(provider) if provider else None
    except OpenPowerError:
        return {}
    if spec is None:
        return {}
    options = {option.name: f"-O {option.name}" for option in spec.options}
    for credential in spec.credentials:
        options |= {credential.name: credential.title or credential.name}
        options |= {f"{credential.name}=": credential.variable(spec.name)}
    return options
