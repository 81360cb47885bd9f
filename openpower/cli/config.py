"""Writes the configuration file: profiles with their options, kept private, never half written."""

from __future__ import annotations

import contextlib
import os
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import tomli_w

from openpower import ConfigurationError
from openpower_core.connection.profiles import KEYRING_SERVICE, config_path, keyring_user, profiles

if TYPE_CHECKING:
    from openpower import Secret

_PRIVATE: Final = 0o600


def save_profile(name: str, provider: str, options: dict[str, Any], secrets: dict[str, Secret]) -> bool:
    """Store a profile, its secrets in the keyring when one works; True when they had to go into the file."""
    # A list, since all secrets are to be kept also after one was refused.
    kept = [_keep(keyring_user(name, field), secret) for field, secret in secrets.items()]
    in_keyring = all(kept)
    if not in_keyring:
        # All in one place: half of a sign-in in the keyring would be found by nobody who looks into the file.
        for field in secrets:
            _drop(keyring_user(name, field))
    stored: dict[str, Any] = {"provider": provider, **options}
    if not in_keyring:
        stored |= {field: secret.reveal() for field, secret in secrets.items()}
    content = _content()
    content.setdefault("profiles", {})[name] = stored
    _write(content)
    return bool(secrets) and not in_keyring


def check_writable() -> None:
    """See to it that a profile can be stored, before anybody types a secret.

    Raises:
        ConfigurationError: the file or its folder cannot be written.
    """
    folder = config_path().parent
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise ConfigurationError(
            f"{folder} cannot be written, so nothing could be remembered.",
            hint="OPENPOWER_CONFIG names another file; or set the credentials in the environment.",
        )


def forget_profile(name: str, fields: list[str]) -> None:
    """Delete a profile that there is, and its secrets."""
    content = _content()
    del content["profiles"][name]
    _write(content)
    for field in fields:
        _drop(keyring_user(name, field))


def _content() -> dict[str, Any]:
    profiles()  # refuses a file that others can read, or that is damaged
    file = config_path()
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _write(content: dict[str, Any]) -> None:
    """Replace the file in one step; it is private from its first byte."""
    file = config_path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".config-")
    try:
        with os.fdopen(handle, "wb") as out:
            tomli_w.dump(content, out)
            out.flush()
            os.fsync(out.fileno())
        Path(draft).chmod(_PRIVATE)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _keep(user: str, secret: Secret) -> bool:
    """Put a secret into the keyring; False where there is none that gives it back."""
    try:
        import keyring

        keyring.set_password(KEYRING_SERVICE, user, secret.reveal())
        # Read back, since some backends take a secret and lose it without an error.
        return keyring.get_password(KEYRING_SERVICE, user) == secret.reveal()
    except Exception:  # noqa: BLE001 - absent, locked or broken: the file is used, and that is said
        return False


def _drop(user: str) -> None:
    try:
        import keyring

        keyring.delete_password(KEYRING_SERVICE, user)
    except Exception:  # noqa: BLE001, S110 - what is not there need not be deleted
        pass
