"""Which home a command is about: a profile, a provider, or the only profile there is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

import openpower
from openpower.cli.options import Options, provider_options
from openpower_core.connection.profiles import profiles
from openpower_core.errors import ConfigurationError, UnknownProvider
from openpower_core.registry import load

if TYPE_CHECKING:
    from openpower_core.connection import Connection

__all__ = ["PLAIN", "Common", "Target", "connect_to", "state_folder"]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Common:
    """Options that every command about a home takes.

    Attributes:
        profile: the profile whose credentials and options are used.
        option: an option of the provider, such as -O tz=Europe/Berlin (may be repeated).
        json: print JSON.
    """

    profile: str | None = None
    option: Annotated[Options, Parameter(name=["--option", "-O"])] = ()
    json: bool = False


PLAIN: Final = Common()
"""What a command takes when none of these options is given."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A provider, and the profile to use with it."""

    provider: str
    profile: str | None

    @property
    def name(self) -> str:
        """What to call the home on the screen."""
        return self.profile or self.provider


def find_target(name: str | None, profile: str | None = None) -> Target:
    """Tell what NAME means: a profile goes before a provider; without a name, the only profile.

    ``OPENPOWER_PROFILE`` stands in for a name that is left out.

    Raises:
        ConfigurationError: there is no profile, or more than one, and none is named.
        UnknownProvider: it is neither a profile nor an installed provider.
    """
    known = profiles()
    wanted = profile or (name if name in known else None)
    if wanted is None and name is None:
        wanted = os.environ.get("OPENPOWER_PROFILE") or None
    if wanted is None and name is None:
        wanted = _only(known)
    if wanted is not None:
        provider = str(known.get(wanted, {}).get("provider") or name or "")
        if not provider or wanted not in known:
            raise ConfigurationError(
                f"there is no profile {wanted!r}; there are: {', '.join(sorted(known)) or 'none'}.",
                hint="Make one: openpower login PROVIDER",
            )
        return Target(provider=provider, profile=wanted)
    if name is None:
        raise ConfigurationError("no home is named.")
    return Target(provider=_provider(name, known), profile=None)


def _only(known: dict[str, dict[str, Any]]) -> str:
    if len(known) == 1:
        return next(iter(known))
    if not known:
        raise ConfigurationError(
            "no home is named, and there is no profile yet.",
            hint="Sign in with: openpower login PROVIDER – or look at the simulated one: openpower demo",
        )
    raise ConfigurationError(f"several profiles fit: {', '.join(sorted(known))}.", hint="Name one of them.")


def _provider(name: str, known: dict[str, dict[str, Any]]) -> str:
    try:
        return load(name).name
    except UnknownProvider as unknown:
        if not known:
            raise
        raise UnknownProvider(
            f"{name!r} is neither a profile ({', '.join(sorted(known))}) nor an installed provider.", hint=unknown.hint
        ) from None


def state_folder() -> Path:
    """Where writes are remembered across runs; ``OPENPOWER_STATE_DIR`` names another folder."""
    if named := os.environ.get("OPENPOWER_STATE_DIR"):
        return Path(named).expanduser()
    from platformdirs import user_state_path

    return user_state_path("openpower")


def connect_to(name: str | None, common: Common, *, stateful: bool = False) -> tuple[Target, Connection[Any]]:
    """Connect to the home that a command names; ``stateful`` where it may write."""
    target = find_target(name, common.profile)
    options: dict[str, Any] = provider_options(target.provider, common.option)
    if stateful or target.provider == "demo":  # the simulated home itself lives in the state folder
        options.setdefault("state_dir", state_folder())
    if target.profile is not None:
        options["profile"] = target.profile
    return target, openpower.connect(target.provider, **options)
