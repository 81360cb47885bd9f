"""Being the only one who writes to a box, among tasks, threads and processes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from openpower_core.capabilities import WriteLimits
from openpower_core.errors import Timeout
from openpower_core.secrets import mask
from openpower_core.write.lease import Holder, WriteLock
from openpower_core.write.request import Request

PATIENCE: Final = timedelta(minutes=3)
"""How long to wait for another writer; sends of up to 120 s are known."""

POLL_S: Final = 0.2


@asynccontextmanager
async def only_writer(request: Request, limits: WriteLimits) -> AsyncGenerator[Holder]:
    """Wait until nobody else writes to the box, here or in another process of the same state folder.

    Whoever is before us may have to wait for an unanswered write to settle, so we wait that much longer.
    """
    patience = PATIENCE + limits.settle_timeout
    # Whoever shares the store's memory shares the lock.
    async with WriteLock(f"{request.store.identity}|{request.box}", timeout=patience.total_seconds()):
        lease = await _lease(request, patience)
        try:
            yield lease
        finally:
            request.store.give_back(request.box, lease)


async def _lease(request: Request, patience: timedelta) -> Holder:
    clock = request.context.clock
    give_up = clock.monotonic() + patience.total_seconds()
    while True:
        lease, acquired = request.store.acquire(request.box, clock.now())
        if acquired:
            return lease
        if clock.monotonic() >= give_up:
            raise Timeout(
                f"another process (id {lease.pid}) has been writing to {mask(request.info.id)} for "
                f"{patience.total_seconds():.0f} s; nothing was sent.",
                hint=f"End it; if it is gone already, its lease ends at {lease.expires_at:%H:%M:%S} UTC.",
                **request.error_context(),
            )
        await clock.asleep(POLL_S)
