"""What a shell offers at the tab key: profiles, providers and devices; from files alone, never from the network."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

_FILE: Final = "devices.json"


def providers(_context: Any) -> list[str]:
    """The installed providers."""
    import openpower

    return [info.name for info in openpower.providers()]


def profiles(_context: Any) -> list[str]:
    """The stored profiles."""
    from openpower_core.connection.profiles import profile_names

    return profile_names()


def homes(context: Any) -> list[str]:
    """What NAME may be."""
    return list(dict.fromkeys([*profiles(context), *providers(context)]))


def devices(context: Any) -> list[str]:
    """The devices of the home that is typed, or of all, as they were last found; only those that the option is for."""
    from openpower_core.connection.context import state_folder

    role = context.argument.name.lstrip("-").replace("-", "_")
    home = context.get("name")
    found: dict[str, list[str]] = json.loads((state_folder() / _FILE).read_text(encoding="utf-8"))
    ids = found.get(home.raw, []) if home and home.raw else [id_ for each in found.values() for id_ in each]
    return [each for each in ids if role in each.rpartition("/")[2]]


def remember(home: str, found: Iterable[Any]) -> None:
    """Keep the ids of a home's devices for :func:`devices`: masked, as openpower takes them too where they are unique."""
    from openpower.cli.files import replace
    from openpower_core.connection.context import state_folder
    from openpower_core.secrets import mask

    file = state_folder() / _FILE
    ids = [mask(device.info.id) for device in found]
    with suppress(OSError, ValueError):  # a convenience: nothing fails by its absence
        known: dict[str, list[str]] = {}
        with suppress(OSError, ValueError):
            known = json.loads(file.read_text(encoding="utf-8"))
        unique = [each for each in ids if ids.count(each) == 1]
        if known.get(home) == unique:
            return
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = json.dumps({**known, home: unique})
        replace(file, lambda draft: draft.write_text(text, encoding="utf-8"))
