"""Questions of ``login``: credentials unseen, options, the home's time zone."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from openpower.cli.streams import can_ask
from openpower_core.errors import ConfigurationError, InvalidValue, MissingCredential
from openpower_core.secrets import Secret

if TYPE_CHECKING:
    from openpower_core.registry.spec import Credential, Option, ProviderSpec

__all__ = ["ask_credential", "ask_option", "ask_zone", "may_replace"]


def ask_credential(spec: ProviderSpec, credential: Credential) -> str | Secret | None:
    """Take a credential from the environment, or ask for it; a secret is not shown while it is typed.

    Raises:
        MissingCredential: it is needed, and nobody gave it.
    """
    title = credential.title or credential.name
    variable = credential.variable(spec.name)
    if value := os.environ.get(variable):
        sys.stdout.write(f"  {title}: from {variable}\n")
        return _kept(credential, value)
    if not can_ask():
        if not credential.required:
            return None
        raise MissingCredential(
            f"{spec.title} needs {credential.name}, and there is no terminal to ask on.",
            provider=spec.name,
            hint=f"Set {variable}.",
        )
    value = _answer(f"  {title}{'' if credential.required else ' (enter for none)'}: ", secret=credential.secret)
    if value:
        return _kept(credential, value)
    if not credential.required:
        return None
    where = f" Get it at {credential.where}." if credential.where else ""
    raise MissingCredential(
        f"{spec.title} needs {credential.name}, and none was typed.",
        provider=spec.name,
        hint=f"Nothing was remembered.{where}",
    )


def _kept(credential: Credential, value: str) -> str | Secret:
    return Secret(value) if credential.secret else value


def _answer(prompt: str, *, secret: bool = False) -> str:
    """What was typed; an ended input is an empty answer."""
    try:
        return (getpass.getpass(prompt) if secret else input(prompt)).strip()
    except EOFError:
        sys.stdout.write("\n")
        return ""


def ask_option(option: Option) -> str | None:
    """Ask for an option that the provider wants asked; None leaves it out."""
    if not can_ask():
        return None
    usual = "" if option.default is None else f" [{option.default}]"
    return _answer(f"  {option.name} – {option.help}{usual}: ") or None


def ask_zone() -> str:
    """Ask for the home's time zone, which the vendor did not tell; without a terminal the machine's is taken.

    Raises:
        InvalidValue: there is no such zone.
    """
    usual = _zone_of_machine()
    if not can_ask():
        sys.stdout.write(
            f"The vendor does not tell the home's time zone: taken to be this machine's, {usual} "
            "(-O tz=… gives another).\n"
        )
        return usual
    zone = _answer(f"  Time zone of the home, which the vendor does not tell [{usual}]: ") or usual
    if not _is_zone(zone):
        raise InvalidValue(f"{zone!r} is no time zone; nothing was remembered.", hint="Such as Europe/Berlin.")
    return zone


def _zone_of_machine() -> str:
    link = Path("/etc/localtime")
    linked = str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else ""
    names = (os.environ.get("TZ", "").lstrip(":"), linked)
    return next((name for name in names if name and _is_zone(name)), "UTC")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def may_replace(name: str, provider: str, *, yes: bool) -> bool:
    """Ask before a profile is replaced.

    Raises:
        ConfigurationError: there is no terminal to ask on.
    """
    if yes:
        return True
    if not can_ask():
        raise ConfigurationError(
            f"there is a profile {name!r} already, for {provider}.",
            hint="Add --yes to replace it, or --profile to give this home another name.",
        )
    answer = _answer(f"There is a profile {name!r} already, for {provider}. Replace it? [y/N] ")
    return answer.lower() in {"y", "yes"}
