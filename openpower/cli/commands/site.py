"""``openpower site``: several profiles joined into one home."""

from __future__ import annotations

from openpower.cli.commands.status import show_site
from openpower.cli.target import PLAIN, connect_to
from openpower.site import Site
from openpower_core.connection.profiles import profiles
from openpower_core.errors import ConfigurationError

__all__ = ["site"]


def site(*names: str, json: bool = False) -> None:
    """Join several profiles into one home: its balance, what it costs this minute, and what failed.

    Args:
        names: profiles or providers (default: all profiles). Where two see the same flow, name first the one
            to believe.
        json: print JSON.
    """
    wanted = names or tuple(sorted(profiles()))
    if not wanted:
        raise ConfigurationError("there is no profile to join.", hint="Sign in with: openpower login PROVIDER")
    connections = [connect_to(name, PLAIN)[1] for name in wanted]
    with Site(*connections) as joined:
        show_site(joined, " + ".join(wanted), json=json)
