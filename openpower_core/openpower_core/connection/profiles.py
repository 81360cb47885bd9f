"""The configuration file: named profiles (a provider, its options, perhaps its credentials), and which plugins are allowed.

The file is ``config.toml`` in the user's configuration folder for openpower::

    [profiles.home]
    provider = "alphaess"
    app_id = "…"
    tz = "Australia/Sydney"

    [plugins]
    deny = ["acme-power"]
"""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import Any, Final, cast

from openpower_core._error import nearest, without_frames
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
    if sys.platform == "linux" and "ANDROID_DATA" not in os.environ:
        # platformdirs says the same; each connect() asks, and importing it would take 3 % of a cold start.
        base = os.environ.get("XDG_CONFIG_HOME", "").strip() or os.path.expanduser("~/.config")  # noqa: PTH111 - never raises
        return Path(base) / "openpower" / "config.toml"
    from platformdirs import user_config_dir

    return Path(user_config_dir("openpower")) / "config.toml"


def profiles(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """All profiles by name; empty if there is no file.

    Raises:
        ConfigurationError: the file is readable by other users, or is not valid TOML as above.
    """
    file = path or config_path()
    if (found := _stat(file)) is not None:
        _check_private(file, found)
    tables = _tables(_read(file).get("profiles", {}))
    if tables is None:
        raise ConfigurationError(f"{file}: profiles are tables such as [profiles.home].")
    return tables


def profile_names() -> list[str]:
    """The names alone, which are no secrets: the file may then be readable by others."""
    return sorted(_tables(_read(config_path()).get("profiles", {})) or ())


def _tables(found: Any) -> dict[str, dict[str, Any]] | None:
    if not isinstance(found, dict) or not all(isinstance(each, dict) for each in found.values()):  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        return None
    return {name: Hidden(each) for name, each in cast("dict[str, dict[str, Any]]", found).items()}


def plugins_table(path: Path | None = None) -> dict[str, Any]:
    """The table ``[plugins]``; empty without one. It contains no secrets, so others may read the file.

    Raises:
        ConfigurationError: the file is not valid TOML as above.
    """
    file = path or config_path()
    table = _read(file).get("plugins", {})
    if not isinstance(table, dict):
        raise ConfigurationError(f"{file}: plugins is a table, [plugins].")
    known = cast("dict[str, Any]", table)
    _check_keys(known, ("allow", "deny"), f"[plugins] of {file}")
    return known


_Signature = tuple[Path, int, int, int]
_last: tuple[_Signature, dict[str, Any]] | None = None


def _read(file: Path) -> dict[str, Any]:
    """The file's content, which is read and parsed once; empty if there is no file."""
    global _last  # noqa: PLW0603  (one assignment, so that threads see either value whole)
    if (found := _stat(file)) is None:
        return {}
    signature = (file, found.st_mtime_ns, found.st_size, found.st_ino)
    if _last is None or _last[0] != signature:
        _last = signature, _parsed(file)
    return _last[1]


def _stat(file: Path) -> os.stat_result | None:
    try:
        found = file.stat()
    except (OSError, ValueError):  # also a folder that this user may not look into, as of a service without a home
        return None
    if stat.S_ISDIR(found.st_mode):
        raise ConfigurationError(
            f"{file} is a folder, and the configuration is a file.",
            hint=f"OPENPOWER_CONFIG must name a file, such as {file / 'config.toml'}.",
        )
    return found


def _parsed(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        content = Hidden(tomllib.loads(file.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is not valid TOML: it is not UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        # Of the parser's message only the place: the rest, like its frames, may show the file's content, and with it a secret.
        place = re.search(r" \(at (?:line \d+, column \d+|end of document)\)$", str(error))
        doubled = ": a key or table is there twice" if str(error).startswith("Cannot ") else ""
        words = f"{file} is not valid TOML{doubled}{place[0] if place else ''}."
        raise ConfigurationError(words) from without_frames(error)
    _check_keys(content, ("profiles", "plugins"), str(file))
    return content


def _check_keys(table: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise ConfigurationError(
                f"{where} has no key {key!r}; it takes {' and '.join(known)}.", hint=nearest(key, known)
            )


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
    if not isinstance(meant, str):
        raise ConfigurationError(f"the profile {name!r} has {meant!r} where the name of a provider is expected.")
    if meant != provider:
        raise ConfigurationError(
            f"the profile {name!r} is for {meant!r}.",
            provider=provider,
            hint=f"Call connect({meant!r}, profile={name!r}).",
        )
    return options


def _check_private(file: Path, found: os.stat_result) -> None:
    if os.name == "posix" and found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(
            f"{file} may contain credentials, and other users can read it.", hint=f"chmod 600 {file}"
        )
