"""The emulator served over real HTTP, with what a client needs to connect to it."""

from __future__ import annotations

from openpower_alphaess.emulator.app import Emulator
from openpower_alphaess.emulator.nameplate import Nameplate
from openpower_simulation.emulation import ServedEmulator

__all__ = ["serve"]


def serve(emulator: Emulator | None = None, *, host: str = "127.0.0.1", port: int = 0) -> ServedEmulator[Emulator]:
    """Serve an emulator, or a new one: a household system with an EV charger; port 0 takes a free one.

    with serve() as served:
        connect("alphaess", **served.options)
    """
    household = Nameplate(charger_models=("SMILE-EVCT11",))
    return ServedEmulator(emulator or Emulator([household]), host=host, port=port)
