"""Which home a command names, and how it is reached: a profile, a provider, or the only profile there is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import openpower
from openpower import ConfigurationError, InvalidValue, MissingCredential, UnknownProvider
from openpower_core import registry
from openpower_core.connection.profiles import profiles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openpower import Connection
    from openpower.cli.options import Common, Pairs
    from openpower_core.registry.spec import ProviderSpec


def connect_to(name: str | None, common: Common, *, stateful: bool = False) -> tuple[str, Connection[Any]]:
    """Connect to the home that a command names, ``stateful`` where it may write; gives what it is called, too."""
    provider, profile = find_home(name, common.profile)
    options = provider_options(provider, common.option)
    # Who only reads gets no state folder: reading leaves no files behind.
    if stateful or provider == "demo":  # the simulated home itself lives in the state folder
        options.setdefault("state_dir", state_folder())
    if profile is not None:
        options["profile"] = profile
    try:
        return profile or provider, openpower.connect(provider, **options)
    except MissingCredential as missing:
        missing.hint = _sign_in_hint(registry.load(provider))
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
        return registry.load(name).name
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
    spec = registry.load(provider)
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
