"""Finds the credentials and options that were left out: environment, profile, keyring, plugins."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from openpower_core._error import nearest
from openpower_core.errors import InvalidValue, MissingCredential
from openpower_core.secrets import Hidden, Secret, credential as cleaned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openpower_core.registry.hooks import Hooks
    from openpower_core.registry.spec import Credential, Option, ProviderSpec


def resolve(
    spec: ProviderSpec, given: Mapping[str, Any], *, profile: Mapping[str, Any], profile_name: str | None, hooks: Hooks
) -> dict[str, Any]:
    """Complete the keywords of the provider's factory; secrets are wrapped.

    Raises:
        InvalidValue: a keyword is unknown, or given under two names.
        MissingCredential: names everything that is missing, and where to get it.
    """
    fields: list[Credential | Option] = [*spec.credentials, *spec.options]
    known = {name: each for each in fields for name in _names(each)}
    keywords = _canonical(spec, known, given)
    stored = _canonical(spec, known, profile)
    missing: list[Credential] = []
    for credential in spec.credentials:
        value = _first(spec, credential, keywords, stored, profile_name, hooks)
        keywords.pop(credential.name, None)
        if value is not None:
            keywords[credential.name] = value if credential.secret else value.reveal()
        elif credential.required:
            missing.append(credential)
    if missing:
        raise _missing(spec, missing)
    for option in spec.options:
        if option.name in keywords:
            keywords[option.name] = option.check(keywords[option.name])
        elif (value := stored.get(option.name)) is not None:
            keywords[option.name] = option.read(value) if isinstance(value, str) else option.check(value)
    return keywords


def _names(field: Credential | Option) -> tuple[str, ...]:
    return (field.name, *field.aliases)


def _canonical(
    spec: ProviderSpec, known: Mapping[str, Credential | Option], given: Mapping[str, Any]
) -> dict[str, Any]:
    """Replace aliases by names; None counts as left out."""
    keywords = Hidden()
    for word in given:
        if word not in known:
            raise _unknown(spec, word)
        name = known[word].name
        if given[word] is None:
            continue
        if name in keywords:
            raise InvalidValue(f"{name} is given twice: {word} is another name for it.")
        keywords[name] = given[word]
    return keywords


def _unknown(spec: ProviderSpec, word: str) -> InvalidValue:
    from openpower_core.registry.spec import COMMON_OPTIONS

    own = ", ".join(spec.keywords()) or "nothing of its own"
    return InvalidValue(
        f"there is no option {word!r}; it takes {own}, and every provider takes {', '.join(COMMON_OPTIONS)}.",
        provider=spec.name,
        operation="connect",
        hint=nearest(word, [*spec.keywords(aliases=True), *COMMON_OPTIONS]),
    )


def _first(
    spec: ProviderSpec,
    credential: Credential,
    given: Mapping[str, Any],
    stored: Mapping[str, Any],
    profile_name: str | None,
    hooks: Hooks,
) -> Secret | None:
    """The credential from the first place that has it; an empty text does not count."""
    places = (
        lambda: given.get(credential.name),
        lambda: os.environ.get(credential.variable(spec.name)),
        lambda: stored.get(credential.name),
        lambda: _from_keyring(profile_name or spec.name, credential),
        lambda: hooks.credential(spec.name, credential.name),
    )
    # An optional credential does not justify unlocking a keyring.
    for place in places if credential.required else places[:3]:
        value = _hidden(place())
        if value and (found := cleaned(value, credential.name, provider=spec.name)):
            return found
    return None


def _from_keyring(owner: str, credential: Credential) -> str | None:
    try:
        import keyring
    except ImportError:
        return None
    # Here, since a call that gives all credentials needs neither a keyring nor TOML.
    from openpower_core.connection.profiles import KEYRING_SERVICE, keyring_user

    try:
        return keyring.get_password(KEYRING_SERVICE, keyring_user(owner, credential.name))
    except Exception:  # noqa: BLE001  (a locked or broken keyring is treated as an empty one)
        return None


def _hidden(value: Any) -> Secret | None:
    return None if value is None else Secret(value)


def _missing(spec: ProviderSpec, missing: list[Credential]) -> MissingCredential:
    names = " and ".join(each.name for each in missing)
    variables = ", ".join(each.variable(spec.name) for each in missing)
    places = dict.fromkeys(each.where for each in missing if each.where)
    where = f" Where to get {'it' if len(missing) == 1 else 'them'}: {' and '.join(places)}." if places else ""
    return MissingCredential(
        f"{spec.title} needs {names}, which {'was' if len(missing) == 1 else 'were'} neither given nor found in the "
        "environment, a profile or the keyring.",
        provider=spec.name,
        operation="connect",
        hint=f"Pass {'it' if len(missing) == 1 else 'them'} to connect, or set {variables}.{where}",
    )
