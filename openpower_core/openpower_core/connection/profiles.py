"""Named profiles of the configuration file: a provider, its options, and perhaps its credentials.

The file is ``config.toml`` in the user's configuration folder for openpower::

    [profiles.home]
    provider = "alphaess"
    app_id = "…"
    tz = "Australia/Sydney"
"""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any, Final, cast

from openpower_core._error import without_frames
from openpower_core.errors import ConfigurationError
from openpower_core.secrets import Hidden

KEYRING_SERVICE: Final = "openpower"
"""The keyring's service name; the user name is :func:`keyring_user`."""


def keyring_user(owner: str, field: str) -> str:
    """The user name of one credential in the keyring: of a profile, or of a provider without one."""
    return f"{owner}/{field}"


def config_path() -> Path:
    """Where the configuration file is, whether it exists or not; ``OPENPOWER_CONFIG`` names another."""
    if named := os.environ.get("OPENPOWER_CONFIG"):
        return Path(named).expanduser()
    from platformdirs import user_config_dir

    return Path(user_config_dir("openpower")) / "config.toml"


def profiles(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """All profiles by name; empty if there is no file.

    Raises:
        ConfigurationError: the file is readable by other users, or is not valid TOML as above.
    """
    file = path or config_path()
    if not file.exists():
        return {}
    _check_private(file)
    try:
        content = Hidden(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # The cause would show the file's content in tracebacks, and with it a secret.
        raise ConfigurationError(f"{file} is not valid TOML.") from (
            without_frames(error) if isinstance(error, tomllib.TOMLDecodeError) else None
        )
    tables = _tables(content.get("profiles", {}))
    if tables is None:
        raise ConfigurationError(f"{file}: profiles are tables such as [profiles.home].")
    return tables


def _tables(found: Any) -> dict[str, dict[str, Any]] | None:
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        return None
    return {name: Hidden(each) for name, each in cast("dict[str, dict[str, Any]]", found).items()}


def read_profile(name: str, *, provider: str, path: Path | None = None) -> dict[str, Any]:
    """One profile's options, for a connection to that provider."""
    known = profiles(path)
    if name not in known:
        names = ", ".join(sorted(known)) or "none"
        raise ConfigurationError(
            f"there is no profile {name!r} in {path or config_path()}; there are: {names}.", provider=provider
        )
    options = Hidden(known[name])
    meant = options.pop("provider", provider)
    if meant != provider:
        raise ConfigurationError(
            f"the profile {name!r} is for {meant!r}.",
            provider=provider,
            hint=f"Call connect({meant!r}, profile={name!r}).",
        )
    return options


def _check_private(file: Path) -> None:
    if os.name == "posix" and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(
            f"{file} may contain credentials, and other users can read it.", hint=f"chmod 600 {file}"
        )
