"""``openpower login``, ``logout`` and ``profiles``: who may connect to what."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import openpower
from openpower.cli.asking import ask_credential, ask_option, ask_zone, may_replace
from openpower.cli.config import check_writable, forget_profile, save_profile
from openpower.cli.options import Options, provider_options
from openpower.cli.output import print_json, print_lines
from openpower.cli.tables import show_table
from openpower.cli.target import find_target
from openpower_core.connection.profiles import config_path, profiles
from openpower_core.errors import AuthError, ConfigurationError, OpenPowerError
from openpower_core.registry import load
from openpower_core.secrets import Secret

if TYPE_CHECKING:
    from openpower_core.registry.spec import ProviderSpec

__all__ = ["login", "logout", "profiles_command"]


def login(
    provider: str,
    /,
    *,
    profile: str | None = None,
    option: Annotated[Options, Parameter(name=["--option", "-O"])] = (),
    yes: bool = False,
) -> int:
    """Sign in: ask for the credentials, try them, show what was found, and remember them as a profile.

    Credentials are asked for, or taken from the environment; they are never arguments.

    Args:
        provider: the provider, such as alphaess (see: openpower providers).
        profile: what to call the home (default: the provider's name).
        option: an option to remember, such as -O tz=Europe/Berlin (may be repeated).
        yes: replace a profile of that name without asking.
    """
    spec = load(provider)
    options = provider_options(provider, option)
    name = profile or spec.name
    check_writable()
    known = profiles()
    if name in known and not may_replace(name, str(known[name].get("provider")), yes=yes):
        print_lines(["Nothing was changed."])
        return 1
    print_lines(_introduction(spec))
    credentials = {each.name: ask_credential(spec, each) for each in spec.credentials}
    given = {field: value for field, value in credentials.items() if value is not None}
    for each in spec.options:
        if each.ask and each.name not in options and (answer := ask_option(each)) is not None:
            options[each.name] = answer
    found = _try(spec, given, options)
    print_lines(_discovery(found))
    if "tz" not in options and not any(device.info.tz for device in found):
        options["tz"] = ask_zone()
    _remember(name, spec, given, options)
    return 0


def _introduction(spec: ProviderSpec) -> list[str]:
    places = dict.fromkeys(each.where for each in spec.credentials if each.where)
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
        again = f"Nothing was remembered; try again with: openpower login {spec.name}"
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
    lines = [f"Remembered as {name!r} in {config_path()}."]
    if in_file:
        lines.append("No keyring works here, so the secret stands in that file, readable by you alone.")
    elif secrets:
        lines.append("The secret is in the keyring.")
    print_lines([*lines, f"Next: openpower status {name}"])


def logout(name: str | None = None, /) -> None:
    """Forget a profile and its secrets, also those in the keyring.

    Args:
        name: the profile (default: the only one).
    """
    if name is None:
        name = find_target(None).profile
    known = profiles()
    if name not in known:
        raise ConfigurationError(
            f"there is no profile {name!r}; there are: {', '.join(sorted(known)) or 'none'}.",
            hint="See them with: openpower profiles",
        )
    forget_profile(name, _credentials_of(str(known[name].get("provider"))))
    print_lines([f"Forgot {name!r}."])


def _credentials_of(provider: str) -> list[str]:
    try:
        return [each.name for each in load(provider).credentials]
    except OpenPowerError:  # not installed any more; what the file holds is forgotten all the same
        return []


def profiles_command(*, json: bool = False) -> None:
    """List the profiles.

    Args:
        json: print JSON.
    """
    rows = [(name, str(each.get("provider", ""))) for name, each in sorted(profiles().items())]
    if json:
        print_json({"profiles": [{"name": name, "provider": each} for name, each in rows]})
    elif rows:
        show_table(("profile", "provider"), rows)
    else:
        print_lines(["No profile yet. Sign in with: openpower login PROVIDER"])
