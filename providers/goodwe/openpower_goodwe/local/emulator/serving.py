"""Serving an emulated inverter, and the one that is served when nobody says which."""

from __future__ import annotations

from openpower_goodwe.local.emulator.et import EmulatedET
from openpower_goodwe.local.emulator.server import Answering, ServedInverter

__all__ = ["serve"]


def serve(
    inverter: Answering | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    protocol: str = "udp",
    latency_s: float = 0.0,
) -> ServedInverter:
    """Serve an inverter, or a new hybrid one over a simulated house; port 0 takes a free one.

    with serve() as served:
        connect("goodwe-local", **served.options)
    """
    return ServedInverter(inverter or EmulatedET(), host=host, port=port, protocol=protocol, latency_s=latency_s)
