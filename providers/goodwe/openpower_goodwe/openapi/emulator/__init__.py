"""The Open API without an account: a server on loopback over a simulated house, in shapes that client code tells."""

from __future__ import annotations

from openpower_goodwe.openapi.emulator.app import Emulator
from openpower_goodwe.openapi.emulator.serving import serve

__all__ = ["Emulator", "serve"]
