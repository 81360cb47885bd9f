"""Decides which distributions openpower may import providers and plugins from.

``[plugins]`` of the configuration file says so, or the environment variable ``OPENPOWER_PLUGINS``, which then replaces
the whole table. Without either, all that is installed is allowed. openpower's own distributions are treated like any
other.
"""

from __future__ import annotations

import os
import re
from typing import Any, Final, cast

from openpower_core.errors import ConfigurationError

VARIABLE: Final = "OPENPOWER_PLUGINS"
_NAME: Final = r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"


def normalised(distribution: str) -> str:
    """The name as package indexes compare it: ``Acme_Power`` and ``acme-power`` are one distribution."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


class Policy:
    """What may be imported, by distribution. (A plain class: every cold start makes it.)

    Args:
        source: where it stands, for messages.
        allow: only these; None for all.
        deny: never these, whatever ``allow`` says.
    """

    def __init__(
        self, source: str = "", allow: frozenset[str] | None = None, deny: frozenset[str] = frozenset()
    ) -> None:
        self.source, self.allow, self.deny = source, allow, deny

    def refusal(self, distribution: str) -> str:
        """Why nothing of this distribution may be imported; empty if it may."""
        name = normalised(distribution)
        if name in self.deny:
            return f"{self.source} denies it"
        if self.allow is not None and name not in self.allow:
            return f"{self.source} allows only {', '.join(sorted(self.allow)) or 'none'}"
        return ""

    def remedy(self, distribution: str) -> str:
        """How to allow a distribution that is refused."""
        name = normalised(distribution)
        if self.source == VARIABLE:
            change = f"remove -{name} from" if name in self.deny else f"add {name} to"
            return f"To allow it, {change} {VARIABLE}."
        change = f"remove {name!r} from deny" if name in self.deny else f"add {name!r} to allow"
        return f"To allow it, {change} in {self.source}."


def policy() -> Policy:
    """What the environment or the configuration file says now.

    Raises:
        ConfigurationError: it cannot be understood. Nothing is imported then, because it might be denied.
    """
    if (text := os.environ.get(VARIABLE, "").strip()) != "":
        return _from_text(text)
    from openpower_core.connection.profiles import config_path, plugins_table

    table = plugins_table()
    return _from_table(table, f"[plugins] of {config_path()}") if table else Policy()


def _from_text(text: str) -> Policy:
    words = [word for word in re.split(r"[,\s]+", text) if word]
    deny = _names([word.removeprefix("-") for word in words if word.startswith("-")], VARIABLE)
    if "*" in words:
        return Policy(VARIABLE, None, deny)
    allow = _names([word for word in words if not word.startswith("-")], VARIABLE)
    return Policy(VARIABLE, allow or None, deny)


def _from_table(table: dict[str, Any], source: str) -> Policy:
    allow, deny = table.get("allow"), table.get("deny", [])
    return Policy(source, None if allow is None else _names(allow, source), _names(deny, source))


def _names(words: Any, source: str) -> frozenset[str]:
    if not isinstance(words, list) or not all(isinstance(word, str) and re.fullmatch(_NAME, word) for word in words):  # pyright: ignore[reportUnknownVariableType]
        raise ConfigurationError(
            f"{source} has {words!r} where the names of distributions are expected.",
            hint=f'Write allow = ["openpower-alphaess", "acme-power"] and deny = […], or {VARIABLE}="openpower-alphaess,-acme-power".',
        )
    return frozenset(map(normalised, cast("list[str]", words)))
