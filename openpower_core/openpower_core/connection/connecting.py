"""Makes connections: finds the provider, gathers its arguments, and calls its factory. It does no network I/O."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from openpower_core import checks
from openpower_core._error import nearest
from openpower_core.checks import UNSET, Unset
from openpower_core.connection.context import Context
from openpower_core.connection.credentials import resolve
from openpower_core.connection.profiles import config_path, profile_names, profiles, read_profile
from openpower_core.errors import (
    ConfigurationError,
    IncompatibleProvider,
    InvalidValue,
    OpenPowerError,
    ProviderLoadError,
    UnknownProvider,
)
from openpower_core.registry.loading import load, providers
from openpower_core.registry.spec import COMMON_OPTIONS, Factory, ProviderSpec
from openpower_core.secrets import Hidden

if TYPE_CHECKING:
    from pathlib import Path

    from openpower_core.checks import Number, Span, Zone
    from openpower_core.clock import Clock
    from openpower_core.connection import AsyncConnection, Connection
    from openpower_core.http import AsyncTransport, Transport

_Flavour = Literal["connect", "connect_async"]


def connect(
    provider: str | ProviderSpec,
    *,
    base_url: str | None = None,
    allow_http: bool | None = None,
    transport: Transport | None = None,
    tz: Zone | None = None,
    state_dir: str | Path | Unset | None = UNSET,
    max_power_w: Number | None = None,
    default_duration: Span | None = None,
    timeout: Span | None = None,
    profile: str | None = None,
    clock: Clock | None = None,
    **options: Any,
) -> Connection[Any]:
    """Connect to a provider; no request is sent until the first call.

    Args:
        provider: a name that :func:`providers` lists, a profile of the configuration file, or a specification. A profile
            that has the name of its provider is used as well, unless a credential is given here.
        base_url: replaces the vendor's whole base URL, for an emulator or a proxy.
        allow_http: accept a ``base_url`` that sends credentials to another machine in cleartext (``http://``).
        transport: replaces the network.
        tz: the home's time zone (a ``ZoneInfo`` or an IANA name), if the vendor does not report it.
        state_dir: the folder that keeps budgets, restore points and the audit of writes across restarts; by default
            the platform's (``OPENPOWER_STATE_DIR``). None keeps them in memory. Reading touches no file.
        max_power_w: the most that any flow of this home can be (100,000 W); readings beyond it are refused.
        default_duration: how long a battery command without ``until`` lasts (24 hours).
        timeout: the deadline of a call, as a timedelta or in seconds (30).
        profile: a profile from the configuration file, for everything left out here.
        clock: replaces the system clock.
        **options: the provider's own credentials and options. Credentials left out are looked up in the
            environment (``OPENPOWER_<PROVIDER>_<FIELD>``), the profile and the keyring, and by plugins.

    Raises:
        UnknownProvider: it is neither an installed provider nor a profile.
        ConfigurationError: the profile is for another provider, or the file is readable by other users.
        ProviderLoadError: the provider is installed but cannot be loaded.
        IncompatibleProvider: it needs a newer core, or has only the other flavour.
        MissingCredential: names everything that is missing, and where to get it.
        InvalidValue: an option is unknown or invalid.
    """
    options = Hidden(options)  # a traceback with locals would show them
    backend, context = _open("connect", locals())
    # Here, so that a program of one flavour does not load the other.
    from openpower_core.connection._sync import Connection

    return Connection(backend, context)


def connect_async(
    provider: str | ProviderSpec,
    *,
    base_url: str | None = None,
    allow_http: bool | None = None,
    transport: AsyncTransport | None = None,
    tz: Zone | None = None,
    state_dir: str | Path | Unset | None = UNSET,
    max_power_w: Number | None = None,
    default_duration: Span | None = None,
    timeout: Span | None = None,
    profile: str | None = None,
    clock: Clock | None = None,
    **options: Any,
) -> AsyncConnection[Any]:
    """Connect to a provider for asyncio; like :func:`connect`, and not awaited itself.

    >>> async def main():
    ...     async with connect_async("demo") as home:
    ...         print(await home.batteries())
    """
    options = Hidden(options)
    backend, context = _open("connect_async", locals())
    from openpower_core.connection._async import AsyncConnection

    return AsyncConnection(backend, context)


def _open(flavour: _Flavour, given: Mapping[str, Any]) -> tuple[Any, Context]:
    """Make the backend, given the arguments of ``connect`` by their names."""
    options = given["options"]
    spec, profile = _meant(given["provider"], given["profile"], options)
    factory = _factory(spec, flavour)
    stored: dict[str, Any] = Hidden()
    if profile is not None:
        stored = read_profile(profile, provider=spec.name)
    common = {name: stored.pop(name, None) for name in COMMON_OPTIONS if name != "profile"}
    # The call wins over the profile.
    common |= {name: given[name] for name in common if given[name] not in (None, UNSET)}
    if given["state_dir"] is None:
        common |= {"state_dir": None, "in_memory": True}
    context = _context(spec, common)
    given_options = resolve(spec, options, profile=stored, profile_name=profile, hooks=context.hooks)
    try:
        return factory(context, **given_options), context
    except OpenPowerError:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary around providers' code
        failure = _unusable(spec, flavour, error)
    raise failure  # out here, since its context may have the text of a password


def _meant(provider: Any, profile: Any, options: Mapping[str, Any]) -> tuple[ProviderSpec, str | None]:
    """The provider, and the profile to take what is left out from."""
    if profile is not None:
        profile = checks.text(profile, "profile")
    if isinstance(provider, ProviderSpec):
        return provider, profile
    name = checks.text(provider, "provider")
    found, implied = (name, None) if profile else home_named(name)
    spec = load(found)
    credentials = {each for credential in spec.credentials for each in (credential.name, *credential.aliases)}
    # One credential of the call and another one of the profile would be those of two accounts.
    if implied == spec.name and any(options.get(each) is not None for each in credentials):
        implied = None
    return spec, profile or implied


def home_named(name: str) -> tuple[str, str | None]:
    """The provider that a name means, and the profile of that name if there is one.

    A profile may have the name of an installed provider only if it is for that provider.

    Raises:
        UnknownProvider: it is neither an installed provider nor a profile.
        ConfigurationError: the profile is for another provider, or names none.
    """
    known = profile_names()
    if name not in known:
        try:
            return load(name).name, None
        except UnknownProvider as unknown:
            if not known:
                raise
            words = f"{name!r} is neither a profile ({', '.join(known)}) nor an installed provider."
            raise UnknownProvider(words, hint=nearest(name, known) or unknown.hint) from None
    table = profiles()[name]
    installed = name in {info.name for info in providers()}
    meant = table.get("provider", name if installed else None)
    if not isinstance(meant, str):
        from difflib import get_close_matches

        near = get_close_matches("provider", table.keys() - {"provider"}, n=1, cutoff=0.7)
        hint = f"Write provider instead of {near[0]!r}" if near else 'Add provider = "…" to it'
        raise ConfigurationError(f"the profile {name!r} names no provider.", hint=f"{hint} in {config_path()}.")
    if installed and meant != name:
        raise ConfigurationError(
            f"the profile {name!r} is for {meant!r}, and {name!r} is an installed provider, too.",
            hint=f"Give the profile another name in {config_path()}.",
        )
    return meant, name


def _unusable(spec: ProviderSpec, flavour: _Flavour, error: Exception) -> OpenPowerError:
    """The error for what a factory raised by mistake: about what it was given, or about itself."""
    made: OpenPowerError
    name, about = type(error).__name__, {"provider": spec.name, "operation": flavour}
    if isinstance(error, TypeError | ValueError | ArithmeticError | LookupError):
        words = f"{spec.title} cannot use these options or credentials ({name})."
        made = InvalidValue(words, hint="Check what they contain.", **about)
    else:
        hint = "Please report it to the provider's authors."
        made = ProviderLoadError(f"{spec.title} cannot be connected ({name}).", hint=hint, **about)
    # An error about text has the text, which may be a password.
    made.__cause__ = None if isinstance(error, UnicodeError) else error
    return made


def _factory(spec: ProviderSpec, flavour: _Flavour) -> Any:
    """Import the factory of one flavour; the other one's modules stay unloaded."""
    factory: Factory | None = getattr(spec, flavour)
    if factory is None:
        other, kind = ("connect_async", "asynchronous") if flavour == "connect" else ("connect", "synchronous")
        raise IncompatibleProvider(
            f"{spec.title} has only the {kind} flavour.",
            provider=spec.name,
            operation=flavour,
            hint=f"Call {other}({spec.name!r}, …).",
        )
    if not isinstance(factory, str):
        return factory
    module, _, attribute = factory.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:
        raise ProviderLoadError(
            f"its factory {factory} cannot be loaded: {type(error).__name__}: {error}.",
            provider=spec.name,
            operation=flavour,
            hint="Upgrade or reinstall the provider's package.",
        ) from error


def _context(spec: ProviderSpec, asked: Mapping[str, Any]) -> Context:
    given = {name: value for name, value in asked.items() if value is not None}
    for name, check in _CHECKS.items():
        if name in given:
            given[name] = check(given[name], name)
    if "base_url" in given:
        from openpower_core.http.route import check_address  # most programs give none

        allow_http = given.get("allow_http", False)
        check_address(given["base_url"], provider=spec.name, allow_http=allow_http, local=spec.local)
    if "clock" in given:
        checks.with_method(given["clock"], "clock", "monotonic")
    return Context(provider=spec.name, local=spec.local, **given)


def _above_zero(value: Any, name: str) -> float:
    return checks.number(value, name, above=0)


_CHECKS: Final[Mapping[str, checks.Converter]] = {
    "base_url": checks.text,
    "allow_http": checks.flag,
    "timeout": checks.seconds,
    "max_power_w": _above_zero,
    "default_duration": checks.step,
    "tz": checks.zone,
    "state_dir": checks.path,
}
