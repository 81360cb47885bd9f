"""What a state folder remembers of all homes, read without a connection."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs

from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.write.sqlite import SQLiteStore
from openpower_core.writes import ActiveCommand


def read_audit(state_dir: Path | str, *, limit: int | None = None, before: int | None = None) -> list[dict[str, Any]]:
    """The audit of a state folder, oldest first: the writes to the devices of all providers. Reading creates no file.

    Args:
        state_dir: the folder.
        limit: at most so many lines, the newest ones.
        before: only lines with a smaller ``number``, for the page before.

    Raises:
        ConfigurationError: it cannot be read.
    """
    with closing(SQLiteStore(state_dir)) as store:
        return store.audit(limit=limit, before=before)


def active_commands(
    state_dir: Path | str, *, now: datetime | None = None, pending: bool = False
) -> list[ActiveCommand]:
    """The commands of all homes that a state folder remembers, whether they are due or not. Reading creates no file.

    Their ``device_id`` is masked, and ``provider`` names the vendor.

    Args:
        state_dir: the folder.
        now: when; the present, unless given.
        pending: also those that were released or refused, and are still to be read back.
    """
    at = now or SYSTEM_CLOCK.now()
    with closing(SQLiteStore(state_dir)) as store:
        found = [
            attrs.evolve(command, provider=provider)
            for box, _, point in store.points()
            for provider, _, masked in [box.partition(":")]
            if (command := point.command_at(at, masked.rpartition(":")[0] + point.role, pending=pending)) is not None
        ]
    return sorted(found, key=lambda command: command.since)
