"""``openpower login``, ``logout`` and ``profiles``: who may connect to what."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import openpower
from openpower.cli.config import forget_profile, save_profile
from openpower.cli.options import Options, provider_options
from openpower.cli.screen import print_json, show_table
from openpower.cli.target import find_target
from openpower_core.connection.profiles import config_path, profiles
from openpower_core.errors import ConfigurationError, MissingCredential
from openpower_core.registry import load
from openpower_core.secrets import Secret

if TYPE_CHECKING:
    from openpower_core.registry.spec import Credential, ProviderSpec

__all__ = ["login", "logout", "profiles_command"]


def login(
    provider: str,
    /,
    *,
    profile: str | None = None,
    option: Annotated[Options, Parameter(name=["--option", "-O"])] = (),
) -> None:
    """Sign in: ask for the credentials, try them, show what was found, and remember them as a profile.

    Credentials are asked for, or taken from the environment; they are never arguments.

    Args:
        provider: the provider, such as alphaess (see: openpower providers).
        profile: what to call the home (default: the provider's name).
        option: an option to remember, such as -O tz=Europe/Berlin (may be repeated).
    """
    spec = load(provider)
    options = provider_options(provider, option)
    _introduce(spec)
    credentials = {each.name: _ask(spec, each) for each in spec.credentials}
    given = {name: value for name, value in credentials.items() if value is not None}
    name = profile or spec.name
    with openpower.connect(spec.name, **_revealed(given), **options) as connection:
        found = connection.devices()
    sys.stdout.write(f"Signed in. Found {len(found)} device(s):\n")
    for device in found:
        sys.stdout.write(f"  {device.info.id}  {device.info.model or ''}".rstrip() + "\n")
    secrets = {field: value for field, value in given.items() if isinstance(value, Secret)}
    plain = {field: value for field, value in given.items() if not isinstance(value, Secret)}
    in_file = save_profile(name, spec.name, {**plain, **options}, secrets)
    sys.stdout.write(f"Remembered as {name!r} in {config_path()}.\n")
    if in_file:
        sys.stdout.write(
            "No keyring works here, so the secret stands in that file, readable by you alone.\n"
        )
    sys.stdout.write(f"Next: openpower status {name}\n")


def _introduce(spec: ProviderSpec) -> None:
    places = dict.fromkeys(each.where for each in spec.credentials if each.where)
    sys.stdout.write(f"{spec.title}\n")
    for place in places:
        sys.stdout.write(f"  Where to get it: {place}\n")
    if spec.docs_url:
        sys.stdout.write(f"  Read more: {spec.docs_url}\n")


def _ask(spec: ProviderSpec, credential: Credential) -> str | Secret | None:
    """Take a credential from the environment, or ask for it; a secret is not shown while it is typed."""
    title = credential.title or credential.name
    variable = credential.variable(spec.name)
    if value := os.environ.get(variable):
        sys.stdout.write(f"  {title}: from {variable}\n")
        return Secret(value) if credential.secret else value
    if not credential.required:
        return None
    if not sys.stdin.isatty():
        raise MissingCredential(
            f"{spec.title} needs {credential.name}, and there is no terminal to ask on.",
            provider=spec.name,
            hint=f"Set {variable}.",
        )
    prompt = f"  {title}: "
    value = (getpass.getpass(prompt) if credential.secret else input(prompt)).strip()
    if not value:
        raise MissingCredential(f"{spec.title} needs {credential.name}.", provider=spec.name)
    return Secret(value) if credential.secret else value


def _revealed(given: dict[str, str | Secret]) -> dict[str, Any]:
    return {
        name: value.reveal() if isinstance(value, Secret) else value
        for name, value in given.items()
    }


def logout(name: str | None = None, /) -> None:
    """Forget a profile and its secrets.

    Args:
        name: the profile (default: the only one).
    """
    target = find_target(name)
    if target.profile is None:
        raise ConfigurationError(
            f"there is no profile {name!r}.", hint="See them with: openpower profiles"
        )
    fields = [each.name for each in load(target.provider).credentials]
    forget_profile(target.profile, fields)
    sys.stdout.write(f"Forgot {target.profile!r}.\n")


def profiles_command(*, json: bool = False) -> None:
    """List the profiles.

    Args:
        json: print JSON.
    """
    known = profiles()
    if json:
        print_json(
            {
                "profiles": [
                    {"name": name, "provider": str(each.get("provider", ""))}
                    for name, each in sorted(known.items())
                ]
            }
        )
        return
    if not known:
        sys.stdout.write("No profile yet. Sign in with: openpower login PROVIDER\n")
        return
    rows = [(name, str(each.get("provider", ""))) for name, each in sorted(known.items())]
    show_table(("profile", "provider"), rows)
