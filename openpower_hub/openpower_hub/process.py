"""The process of ``openpower run``: one per state folder, signal handling, and shutdown."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from filelock import FileLock, Timeout

from openpower_core.connection import connect_async
from openpower_core.connection.context import state_folder
from openpower_core.errors import ConfigurationError, OpenPowerError
from openpower_core.secrets import mask
from openpower_hub.config import HubConfig
from openpower_hub.control import BUILT
from openpower_hub.engine import Hub
from openpower_hub.homes import states_of
from openpower_hub.integration import words_of

if TYPE_CHECKING:
    from types import FrameType

_log = logging.getLogger("openpower.hub")

LOCK: Final = "hub.lock"
GRACE_S: Final = 15.0
"""How long it takes at most to end in order."""
_INTERRUPTED: Final = 130


def run(read: Callable[[], HubConfig], *, connect: Callable[..., Any] = connect_async) -> None:
    """Run the hub until SIGTERM or ctrl-C; SIGHUP reads the configuration again.

    Args:
        read: gives the configuration.
        connect: what connects a profile.

    Raises:
        ConfigurationError: the configuration is wrong, or another hub uses the same state folder.
    """
    config = read()
    _spare_memory()
    lock = _only_one(state_folder())
    try:
        asyncio.run(_Process(config, read, connect).run())
    finally:
        lock.release()


def _spare_memory() -> None:
    """Let all threads share two heaps: by default glibc gives nearly each its own, which keeps what was freed there (9 MB of 88)."""
    with suppress(ImportError, OSError, AttributeError, TypeError):  # other C libraries have no such setting
        import ctypes

        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


_M_ARENA_MAX: Final = -8
"""As malloc.h has it."""


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
        raise ConfigurationError(
            f"the folder {folder} cannot be written ({error.strerror or error}).",
            hint="Set OPENPOWER_STATE_DIR to a folder that can be written.",
        ) from None
    return lock


class _Process:
    """The hub and the signals that this process receives."""

    def __init__(self, config: HubConfig, read: Callable[[], HubConfig], connect: Callable[..., Any]) -> None:
        self._hub = Hub(config, connect=connect)
        self._read = read
        self._reloads: set[asyncio.Task[None]] = set()
        self._ending = False
        self._terminals = _terminals()

    async def run(self) -> None:
        self._listen(asyncio.get_running_loop())
        if (now := self._hub.clock.now()) < BUILT:
            _log.warning(
                "This machine's clock says %s: nothing is commanded or recorded until it is set.", f"{now:%Y-%m-%d}"
            )
        await self._hub.run()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        for name, call in (("SIGINT", self._end), ("SIGTERM", self._end), ("SIGHUP", self._hang_up)):
            number = getattr(signal, name, None)
            if number is None:
                continue
            try:
                loop.add_signal_handler(number, call)
            except NotImplementedError:  # Windows: there only ctrl-C, which arrives while Python runs
                signal.signal(number, lambda _number, _frame, call=call: loop.call_soon_threadsafe(call))  # type: ignore[misc]

    def _end(self) -> None:
        """End in order; at once if it is asked for again."""
        if self._ending:
            self._end_now("It was told twice to end.", _INTERRUPTED)
        self._ending = True
        if sys.stderr.isatty():
            _log.info("Ending; ctrl-C again ends at once.")
        else:
            _log.info("Ending.")
        self._hub.stop()
        asyncio.get_running_loop().call_later(
            GRACE_S, lambda: self._end_now(f"It did not end in order within {GRACE_S:.0f} s.", 1)
        )
        # A thread that hangs would keep the loop from running the above.
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self._give_up)
            signal.alarm(int(GRACE_S) + 5)

    def _give_up(self, _number: int, _frame: FrameType | None) -> None:
        self._end_now("It did not end in order.", 1)

    def _end_now(self, why: str, code: int) -> NoReturn:
        _log.warning("%s Ended at once.", why)
        for _, state in states_of(self._hub.homes):
            if (active := state.active) is not None and active.release_due is not None:
                _log.warning(
                    "The %s of %s is to be released at %s, and this program ends before that.",
                    active.operation if active.command is None else active.command.mode.value,
                    mask(state.info.id),
                    f"{active.release_due:%Y-%m-%d %H:%M} UTC",
                )
        logging.shutdown()
        os._exit(code)

    def _hang_up(self) -> None:
        """Read the configuration again; but a terminal that was closed ends the process, as it does any other."""
        if self._terminals != _terminals():
            self._end()
            return
        task = asyncio.get_running_loop().create_task(self._reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _reload(self) -> None:
        """Go on as before where the new configuration is wrong."""
        try:
            config = await asyncio.to_thread(self._read)
            await self._hub.reload(config)
        except OpenPowerError as error:
            _log.error("The configuration was not read again, and the old one stays: %s", words_of(error))
        except Exception:  # noqa: BLE001 - a reload never ends the hub
            _log.exception("The configuration could not be applied.")


def _terminals() -> list[int]:
    """The standard streams that are a terminal, and one with somebody behind it."""
    return [stream for stream in (0, 1, 2) if os.isatty(stream)]
