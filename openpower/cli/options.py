"""Options of providers on the command line: ``-O tz=Europe/Berlin``, and never a secret."""

from __future__ import annotations

from typing import Any, TypeAlias

from openpower_core.errors import InvalidValue
from openpower_core.registry import load

__all__ = ["Options", "provider_options"]

Options: TypeAlias = tuple[str, ...]
_NUMBERS = {"timeout": float}


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
            raise InvalidValue(
                f"the option {pair!r} is not KEY=VALUE.", hint="Such as -O tz=Europe/Berlin."
            )
        options[key] = _NUMBERS.get(key, str)(value)
    if options:
        _refuse_secrets(provider, options)
    return options


def _refuse_secrets(provider: str, options: dict[str, Any]) -> None:
    for credential in load(provider).credentials:
        given = {credential.name, *credential.aliases} & options.keys()
        if credential.secret and given:
            raise InvalidValue(
                f"{min(given)} is a secret, and every process of this machine can read arguments.",
                hint=f"Set it in the environment: {credential.variable(provider)}=…",
            )
