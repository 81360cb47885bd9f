"""Options of providers on the command line: ``-O tz=Europe/Berlin``, and never a secret."""

from __future__ import annotations

from typing import Any, TypeAlias

from openpower_core.errors import InvalidValue
from openpower_core.registry import load

__all__ = ["Options", "provider_options"]

Options: TypeAlias = tuple[str, ...]
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


def provider_options(provider: str, pairs: Options) -> dict[str, Any]:
    """Take ``KEY=VALUE`` pairs apart.

    Raises:
        InvalidValue: a pair has no ``=``, or names a secret: arguments are seen by every process.
    """
    options: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        key = key.strip().replace("-", "_")
        if not equals or not key:
            raise InvalidValue(f"the option {pair!r} is not KEY=VALUE.", hint="Such as -O tz=Europe/Berlin.")
        options[key] = value
    if options:
        _refuse_secrets(provider, options)
    kinds = _kinds(provider) if options else {}
    return {key: _typed(key, value, kinds.get(key)) for key, value in options.items()}


def _kinds(provider: str) -> dict[str, type]:
    """What type each option has, by its default."""
    named = {each.name: each for each in load(provider).options if each.default is not None}
    return {"timeout": float, **{name: type(each.default) for name, each in named.items()}}


def _typed(key: str, text: str, kind: type | None) -> Any:
    """The value as the provider takes it.

    Raises:
        InvalidValue: it is not of the option's kind.
    """
    if kind in (None, bool) and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if kind is bool:
        raise InvalidValue(f"the option {key} is {text!r}; it is true or false.")
    if kind not in (int, float):
        return text
    try:
        return kind(text)
    except ValueError:
        raise InvalidValue(f"the option {key} is {text!r}; it is a number.") from None


def _refuse_secrets(provider: str, options: dict[str, Any]) -> None:
    for credential in load(provider).credentials:
        given = {credential.name, *credential.aliases} & options.keys()
        if credential.secret and given:
            raise InvalidValue(
                f"{min(given)} is a secret, and every process of this machine can read arguments.",
                hint=f"Set it in the environment: {credential.variable(provider)}=…",
            )
