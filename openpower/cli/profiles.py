"""``openpower profiles`` and ``logout``, and the configuration file: private, and never half written."""

from __future__ import annotations

import os
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomli_w

from openpower import OpenPowerError, Secret
from openpower.cli.arguments import default_home, no_profile
from openpower.cli.files import replace
from openpower.cli.options import Json, Profile
from openpower.cli.output import print_json, print_lines, program, show_table
from openpower_core.connection import profiles as stored
from openpower_core.registry import load


def logout(name: Profile = None, /) -> None:
    """Delete a profile and its secrets.

    Args:
        name: the profile (default: the only one).
    """
    name = name or default_home()
    known = stored.profiles()
    if name not in known:
        raise no_profile(name, known, hint="To list them: openpower profiles")
    _forget_profile(name, _credentials_of(str(known[name].get("provider"))))
    print_lines([f"Deleted the profile {name!r}."])


def _credentials_of(provider: str) -> list[str]:
    try:
        return [credential.name for credential in load(provider).credentials]
    except OpenPowerError:  # no longer installed; its entry in the file is deleted all the same
        return []


def profiles(*, json: Json = False) -> None:
    """List the profiles."""
    rows = [(name, str(profile.get("provider", ""))) for name, profile in sorted(stored.profiles().items())]
    if json:
        print_json({"profiles": [{"name": name, "provider": provider} for name, provider in rows]})
    elif rows:
        show_table(("profile", "provider"), rows)
    else:
        print_lines([f"No profile yet. Sign in with: {program()} login PROVIDER"])


def save_profile(name: str, provider: str, options: dict[str, Any], secrets: dict[str, Secret]) -> bool:
    """Store a profile, its secrets in the keyring if one works; True if they had to go into the file."""
    profile: dict[str, Any] = {"provider": provider, **options}
    content = _content()
    content.setdefault("profiles", {})[name] = profile
    users = {stored.keyring_user(name, field): secret for field, secret in secrets.items()}
    before = {user: _kept(user) for user in users}
    try:
        # A list, not a generator: all secrets are tried even after one was refused.
        in_keyring = all([_keep(user, secret) for user, secret in users.items()])  # noqa: C419
        if not in_keyring:
            # All in one place: whoever reads the file would not find the half that is in the keyring.
            for user in users:
                _drop(user)
            profile |= {field: secret.reveal() for field, secret in secrets.items()}
        _write(content)
    except BaseException:  # a full disk, or ctrl-C: the file is as it was, and so the keyring has to be
        for user, earlier in before.items():
            _drop(user) if earlier is None else _keep(user, earlier)
        raise
    return bool(secrets) and not in_keyring


def _forget_profile(name: str, fields: list[str]) -> None:
    """Delete an existing profile and its secrets."""
    content = _content()
    del content["profiles"][name]
    _write(content)
    for field in fields:
        _drop(stored.keyring_user(name, field))


def _content() -> dict[str, Any]:
    stored.profiles()  # refuses a file that others can read, or that is damaged
    file = stored.config_path()
    return tomllib.loads(file.read_text(encoding="utf-8-sig")) if file.exists() else {}


def _write(content: dict[str, Any]) -> None:
    """Replace the file atomically; it is private from its first byte."""
    file = stored.config_path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def write(draft: Path) -> None:
        with draft.open("wb") as out:
            tomli_w.dump(content, out)
            out.flush()
            os.fsync(out.fileno())

    replace(file, write)


def _keep(user: str, secret: Secret) -> bool:
    """Put a secret into the keyring; False if there is none that returns it."""
    with suppress(Exception):  # absent, locked or broken: the file is used, and that is said
        import keyring

        keyring.set_password(stored.KEYRING_SERVICE, user, secret.reveal())
        # Read back, since some backends accept a secret and lose it without an error.
        return _kept(user) == secret
    return False


def _kept(user: str) -> Secret | None:
    with suppress(Exception):
        import keyring

        found = keyring.get_password(stored.KEYRING_SERVICE, user)
        return None if found is None else Secret(found)
    return None


def _drop(user: str) -> None:
    with suppress(Exception):  # what is not there need not be deleted
        import keyring

        keyring.delete_password(stored.KEYRING_SERVICE, user)
