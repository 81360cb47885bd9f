"""The history: every reading, price and receipt, with means of five minutes, hours and days that are kept for ever."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from openpower_hub.history.cells import Cell
from openpower_hub.history.store import KeptReceipt, Store

if TYPE_CHECKING:
    from openpower_hub.engine import Hub

__all__ = ["Cell", "History", "KeptReceipt", "Store"]


class History:
    """Records what the homes report; :attr:`store` reads it."""

    def __init__(self, hub: Hub) -> None:
        self.store = Store()
        self._hub = hub

    async def run(self) -> None:
        """Record until this is cancelled."""
        await asyncio.Event().wait()
