"""``openpower login``, ``logout`` and ``profiles``: who may connect to what."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import openpower
from openpower import AuthError, ConfigurationError, InvalidValue, MissingCredential, OpenPowerError, Secret
from openpower.cli.config import check_writable, forget_profile, save_profile
from openpower.cli.options import Json, Pairs
from openpower.cli.output import can_ask, print_json, print_lines
from openpower.cli.tables import show_table
from openpower.cli.target import find_home, no_profile, provider_options
from openpower.cli.times import zone_of
from openpower_core.connection import profiles as stored
from openpower_core.registry import load

if TYPE_CHECKING:
    from openpower_core.registry.spec import Credential, Option, ProviderSpec


def login(
    provider: str,
    /,
    *,
    profile: str | None = None,
    option: Annotated[Pairs, Parameter(name=["--option", "-O"])] = (),
    yes: bool = False,
) -> int:
    """Sign in: ask for the credentials, try them, show what was found, and store them as a profile.

    Credentials are asked for, or taken from the environment; they are never arguments.

    Args:
        provider: the provider, such as alphaess (see: openpower providers).
        profile: what to call the home (default: the provider's name).
        option: an option to store, such as -O tz=Europe/Berlin (may be repeated).
        yes: replace a profile of that name without asking.
    """
    spec = load(provider)
    options = provider_options(provider, option)
    name = profile or spec.name
    check_writable()  # before anybody types a secret for nothing
    known = stored.profiles()
    if name in known and not _may_replace(name, str(known[name].get("provider")), yes=yes):
        print_lines(["Nothing was changed."])
        return 1
    print_lines(_introduction(spec))
    credentials = {field.name: _ask_credential(spec, field) for field in spec.credentials}
    given = {field: value for field, value in credentials.items() if value is not None}
    for field in spec.options:
        if field.ask and field.name not in options and (answer := _ask_option(field)) is not None:
            options[field.name] = answer
    found = _try(spec, given, options)
    print_lines(_discovery(found))
    if "tz" not in options and not any(device.info.tz for device in found):
        options["tz"] = _ask_zone()
    _remember(name, spec, given, options)
    return 0


def _introduction(spec: ProviderSpec) -> list[str]:
    places = dict.fromkeys(credential.where for credential in spec.credentials if credential.where)
    lines = [spec.title, *(f"  Where to get it: {place}" for place in places)]
    if spec.docs_url and spec.docs_url not in places:
        lines.append(f"  Read more: {spec.docs_url}")
    return lines


def _try(spec: ProviderSpec, given: dict[str, str | Secret], options: dict[str, Any]) -> list[Any]:
    """Connect with what was given; a refusal says what to do next."""
    print_lines([f"Signing in to {spec.title} …"])
    sys.stdout.flush()
    try:
        with openpower.connect(spec.name, **given, **options) as connection:
            return list(connection.devices())
    except AuthError as refused:
        again = f"Nothing was stored; try again with: openpower login {spec.name}"
        refused.hint = f"{refused.hint} {again}" if refused.hint else again
        raise


def _discovery(found: list[Any]) -> list[str]:
    count = "1 device" if len(found) == 1 else f"{len(found)} devices"
    lines = [f"  {device.info.id}  {device.info.model or ''}" for device in found]
    return [f"Signed in. Found {count}{':' if found else '.'}", *lines]


def _remember(name: str, spec: ProviderSpec, given: dict[str, str | Secret], options: dict[str, Any]) -> None:
    secrets = {field: value for field, value in given.items() if isinstance(value, Secret)}
    plain = {field: value for field, value in given.items() if not isinstance(value, Secret)}
    in_file = save_profile(name, spec.name, {**plain, **options}, secrets)
    lines = [f"Stored as {name!r} in {stored.config_path()}."]
    if in_file:
        lines.append("No keyring works here, so the secret is in that file, readable by you alone.")
    elif secrets:
        lines.append("The secret is in the keyring.")
    print_lines([*lines, f"Next: openpower status {name}"])


def logout(name: str | None = None, /) -> None:
    """Delete a profile and its secrets, also those in the keyring.

    Args:
        name: the profile (default: the only one).
    """
    name = name or find_home(None)[1]
    known = stored.profiles()
    if name is None or name not in known:
        raise no_profile(str(name), known, hint="See them with: openpower profiles")
    forget_profile(name, _credentials_of(str(known[name].get("provider"))))
    print_lines([f"Deleted {name!r}."])


def _credentials_of(provider: str) -> list[str]:
    try:
        return [credential.name for credential in load(provider).credentials]
    except OpenPowerError:  # not installed any more; what the file holds is forgotten all the same
        return []


def profiles(*, json: Json = False) -> None:
    """List the profiles."""
    rows = [(name, str(profile.get("provider", ""))) for name, profile in sorted(stored.profiles().items())]
    if json:
        print_json({"profiles": [{"name": name, "provider": provider} for name, provider in rows]})
    elif rows:
        show_table(("profile", "provider"), rows)
    else:
        print_lines(["No profile yet. Sign in with: openpower login PROVIDER"])


def _ask_credential(spec: ProviderSpec, credential: Credential) -> str | Secret | None:
    """Take a credential from the environment, or ask for it; a secret is not shown while it is typed."""
    title = credential.title or credential.name
    variable = credential.variable(spec.name)
    if value := os.environ.get(variable):
        print_lines([f"  {title}: from {variable}"])
    elif can_ask():
        optional = "" if credential.required else " (enter for none)"
        value = _answer(f"  {title}{optional}: ", secret=credential.secret)
    if value:
        return Secret(value) if credential.secret else value
    if not credential.required:
        return None
    if not can_ask():
        raise MissingCredential(
            f"{spec.title} needs {credential.name}, and there is no terminal to ask on.",
            provider=spec.name,
            hint=f"Set {variable}.",
        )
    where = f" Get it at {credential.where}." if credential.where else ""
    raise MissingCredential(
        f"{spec.title} needs {credential.name}, and none was entered.",
        provider=spec.name,
        hint=f"Nothing was stored.{where}",
    )


def _ask_option(option: Option) -> str | None:
    """Ask for an option that the provider wants asked; None leaves it out."""
    if not can_ask():
        return None
    usual = "" if option.default is None else f" [{option.default}]"
    return _answer(f"  {option.name} – {option.help}{usual}: ") or None


def _ask_zone() -> str:
    """Ask for the home's time zone, which the vendor does not report; without a terminal the machine's is taken."""
    usual = _zone_of_machine()
    if not can_ask():
        print_lines(
            [f"The vendor does not report the home's time zone: using this machine's, {usual} (-O tz=… sets another)."]
        )
        return usual
    zone = _answer(f"  Time zone of the home, which the vendor does not report [{usual}]: ") or usual
    if not _is_zone(zone):
        raise InvalidValue(f"{zone!r} is not a time zone; nothing was stored.", hint="Such as Europe/Berlin.")
    return zone


def _zone_of_machine() -> str:
    link = Path("/etc/localtime")
    linked = str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else ""
    names = (os.environ.get("TZ", "").lstrip(":"), linked)
    return next((name for name in names if name and _is_zone(name)), "UTC")


def _is_zone(name: str) -> bool:
    try:
        return zone_of(name) is not None
    except InvalidValue:
        return False


def _may_replace(name: str, provider: str, *, yes: bool) -> bool:
    """Ask before a profile is replaced."""
    if yes:
        return True
    if not can_ask():
        raise ConfigurationError(
            f"there is a profile {name!r} already, for {provider}.",
            hint="Add --yes to replace it, or --profile to give this home another name.",
        )
    answer = _answer(f"There is a profile {name!r} already, for {provider}. Replace it? [y/N] ")
    return answer.lower() in {"y", "yes"}


def _answer(prompt: str, *, secret: bool = False) -> str:
    """What was typed; an ended input is an empty answer."""
    try:
        return (getpass.getpass(prompt) if secret else input(prompt)).strip()
    except EOFError:
        print_lines([""])
        return ""
