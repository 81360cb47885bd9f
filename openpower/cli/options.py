"""The options that commands share, and the home that they name: a profile, a provider, or the only profile there is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from cyclopts import Parameter

import openpower
from openpower_core.connection.profiles import profiles
from openpower_core.errors import ConfigurationError, InvalidValue, MissingCredential, UnknownProvider
from openpower_core.registry import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpower_core.connection import Connection
    from openpower_core.registry.spec import ProviderSpec

Name: TypeAlias = Annotated[str | None, Parameter(help="a profile or a provider (default: the only profile).")]
Json: TypeAlias = Annotated[bool, Parameter(help="print JSON.")]
Pairs: TypeAlias = tuple[str, ...]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Common:
    """Options that every command about a home takes."""

    profile: str | None = None
    """the profile whose credentials and options are used."""
    option: Annotated[Pairs, Parameter(name=["--option", "-O"])] = ()
    """an option of the provider, such as -O tz=Europe/Berlin (may be repeated)."""
    json: bool = False
    """print JSON."""


PLAIN: Final = Common()
"""What a command takes when none of these options is given."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class _How:
    dry_run: bool = False
    """show the plan and send nothing."""
    yes: bool = False
    """do not ask."""
    wait: bool = False
    """wait until it is confirmed and, if it has to be released, until it is released."""
    unattended: bool = False
    """accept that nothing releases it if the hardware keeps no end."""


@dataclass(frozen=True, kw_only=True)
class _WhichBattery:
    battery: str | None = None
    """the battery's id, if there are several."""


# A help lists the fields of the last base first: the device, how it is done, and then what every command takes.
@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class BatteryOptions(Common, _How, _WhichBattery):
    """Options of every command that changes what a battery does."""

    def device(self, connection: Connection[Any]) -> Any:
        """The battery that is meant."""
        return connection.battery(self.battery)


@dataclass(frozen=True, kw_only=True)
class _WhichCharger:
    charger: str | None = None
    """the charger's id, if there are several."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ChargerOptions(Common, _How, _WhichCharger):
    """Options of every command that changes what an EV charger does."""

    def device(self, connection: Connection[Any]) -> Any:
        """The charger that is meant."""
        return connection.ev_charger(self.charger)


ChangeOptions: TypeAlias = BatteryOptions | ChargerOptions
BATTERY: Final = BatteryOptions()
CHARGER: Final = ChargerOptions()


def connect_to(name: str | None, common: Common, *, stateful: bool = False) -> tuple[str, Connection[Any]]:
    """Connect to the home that a command names, ``stateful`` where it may write; gives what it is called, too."""
    provider, profile = find_home(name, common.profile)
    options = provider_options(provider, common.option)
    if stateful or provider == "demo":  # the simulated home itself lives in the state folder
        options.setdefault("state_dir", state_folder())
    if profile is not None:
        options["profile"] = profile
    try:
        return profile or provider, openpower.connect(provider, **options)
    except MissingCredential as missing:
        missing.hint = _sign_in_hint(load(provider))
        raise


def _sign_in_hint(spec: ProviderSpec) -> str:
    """Where credentials come from in the command line; the library's own hint speaks of arguments of ``connect``."""
    needed = [credential for credential in spec.credentials if credential.required]
    places = ", ".join(dict.fromkeys(credential.where for credential in needed if credential.where))
    variables = ", ".join(credential.variable(spec.name) for credential in needed)
    where = f" Get them at {places}." if places else ""
    return f"Sign in with: openpower login {spec.name} – or set {variables}.{where}"


def find_home(name: str | None, profile: str | None = None) -> tuple[str, str | None]:
    """Find what NAME means, as provider and profile: a profile goes before a provider; without it, the only profile.

    ``OPENPOWER_PROFILE`` stands in for a name that is left out.

    Raises:
        ConfigurationError: there is no profile, or more than one, and none is named.
        UnknownProvider: it is neither a profile nor an installed provider.
    """
    known = profiles()
    wanted = profile or (name if name in known else None)
    if wanted is None and name is not None:
        return _provider(name, known), None
    wanted = wanted or os.environ.get("OPENPOWER_PROFILE") or _only(known)
    provider = known.get(wanted, {}).get("provider") or name
    if wanted not in known or not provider:
        raise no_profile(wanted, known, hint="Make one: openpower login PROVIDER")
    return str(provider), wanted


def no_profile(name: str, known: Iterable[str], *, hint: str) -> ConfigurationError:
    """The error that says which profiles there are."""
    names = ", ".join(sorted(known)) or "none"
    return ConfigurationError(f"there is no profile {name!r}; there are: {names}.", hint=hint)


def _only(known: dict[str, dict[str, Any]]) -> str:
    if len(known) == 1:
        return next(iter(known))
    if not known:
        raise ConfigurationError(
            "no home is named, and there is no profile yet.",
            hint="Sign in with: openpower login PROVIDER – or look at the simulated one: openpower demo",
        )
    raise ConfigurationError(f"there are several profiles: {', '.join(sorted(known))}.", hint="Name one of them.")


def _provider(name: str, known: dict[str, dict[str, Any]]) -> str:
    try:
        return load(name).name
    except UnknownProvider as unknown:
        if not known:
            raise
        raise UnknownProvider(
            f"{name!r} is neither a profile ({', '.join(sorted(known))}) nor an installed provider.", hint=unknown.hint
        ) from None


def state_folder() -> Path:
    """Where writes are remembered across runs; ``OPENPOWER_STATE_DIR`` names another folder."""
    if named := os.environ.get("OPENPOWER_STATE_DIR"):
        return Path(named).expanduser()
    from platformdirs import user_state_path

    return user_state_path("openpower")


_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}


def provider_options(provider: str, pairs: Pairs) -> dict[str, Any]:
    """Take ``KEY=VALUE`` pairs apart, such as ``tz=Europe/Berlin``.

    Raises:
        InvalidValue: a pair has no ``=``, a value is not of its option's type, or the key names a secret:
            every process of the machine can read arguments.
    """
    given: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key = key.strip().replace("-", "_")
        if not equals or not key:
            raise InvalidValue(f"the option {pair!r} is not KEY=VALUE.", hint="Such as -O tz=Europe/Berlin.")
        given[key] = value
    if not given:
        return {}
    spec = load(provider)
    for credential in spec.credentials:
        names = {credential.name, *credential.aliases} & given.keys()
        if credential.secret and names:
            raise InvalidValue(
                f"{min(names)} is a secret, and every process of this machine can read arguments.",
                hint=f"Set it in the environment: {credential.variable(provider)}=…",
            )
    kinds: dict[str, Any] = {"timeout": float}
    kinds |= {option.name: type(option.default) for option in spec.options if option.default is not None}
    return {key: _typed(key, value, kinds.get(key)) for key, value in given.items()}


def _typed(key: str, text: str, kind: Any) -> Any:
    """The value as the provider takes it."""
    if kind in (None, bool) and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if kind is bool:
        raise InvalidValue(f"the option {key} is {text!r}; it takes true or false.")
    if kind not in (int, float):
        return text
    try:
        return kind(text)
    except ValueError:
        raise InvalidValue(f"the option {key} is {text!r}; it takes a number.") from None
