"""The emulator served over real HTTP, with what a client needs to connect to it."""

from __future__ import annotations

from openpower_goodwe.semsplus.emulator.app import Emulator
from openpower_simulation.emulation import ServedEmulator

__all__ = ["serve"]


def serve(emulator: Emulator | None = None, *, host: str = "127.0.0.1", port: int = 0) -> ServedEmulator[Emulator]:
    """Serve an emulator, or a new one with one station; port 0 takes a free one.

    with serve() as served:
        connect("goodwe-sems", **served.options)
    """
    return ServedEmulator(emulator or Emulator(), host=host, port=port)
