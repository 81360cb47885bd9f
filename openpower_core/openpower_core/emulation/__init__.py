"""Serving a vendor's emulator on loopback, and making its answers fail on request (extra ``emulator``)."""

from __future__ import annotations

from openpower_core.emulation._faults import Fault, FaultKind, Faults
from openpower_core.emulation._server import Served, serve

__all__ = ["Fault", "FaultKind", "Faults", "Served", "serve"]
