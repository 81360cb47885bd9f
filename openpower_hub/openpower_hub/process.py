"""The process of ``openpower run``: one for each state folder, its signals, and its log."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from openpower_core.connection.context import state_folder
from openpower_core.errors import ConfigurationError, OpenPowerError
from openpower_hub.config import HubConfig
from openpower_hub.control import BUILT
from openpower_hub.engine import Hub

_log = logging.getLogger("openpower.hub")

LOCK: Final = "hub.lock"
GRACE_S: Final = 20.0
"""How long it takes at most to end in order."""


def run(read: Callable[[], HubConfig]) -> None:
    """Run the hub until SIGTERM or ctrl-C; SIGHUP reads the configuration again.

    Args:
        read: gives the configuration.

    Raises:
        ConfigurationError: the configuration is wrong, or another hub uses the same state folder.
    """
    config = read()
    with _only_one(state_folder()):
        asyncio.run(_run(Hub(config), read))


def _only_one(folder: Path) -> FileLock:
    """A lock that two hubs on one state folder cannot both have; the system frees it, however the process ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(folder / LOCK, mode=0o600)
        lock.acquire(blocking=False)
    except Timeout:
        raise ConfigurationError(
            f"another openpower run uses {folder}.",
            hint="End it first, or give this one a folder of its own in OPENPOWER_STATE_DIR.",
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written ({error.strerror}).") from None
    return lock


async def _run(hub: Hub, read: Callable[[], HubConfig]) -> None:
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[None]] = set()

    def reload() -> None:
        task = loop.create_task(_reload(hub, read))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    for name, call in (("SIGTERM", hub.stop), ("SIGINT", hub.stop), ("SIGHUP", reload)):
        if (number := getattr(signal, name, None)) is not None and os.name == "posix":
            loop.add_signal_handler(number, call)
    if (now := hub.clock.now()) < BUILT:
        _log.warning(
            "This machine's clock says %s: nothing is commanded or recorded until it is set.", f"{now:%Y-%m-%d}"
        )
    await hub.run()


async def _reload(hub: Hub, read: Callable[[], HubConfig]) -> None:
    """Go on as before where the new configuration is wrong."""
    try:
        config = await asyncio.to_thread(read)
    except OpenPowerError as error:
        _log.error("The configuration was not read again: %s", error)
        return
    await hub.reload(config)
