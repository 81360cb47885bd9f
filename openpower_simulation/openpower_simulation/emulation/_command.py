"""What every emulator's ``python -m`` does: serve for so long, and say how to connect."""

from __future__ import annotations

import argparse
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openpower_core.clock import ScaledClock
from openpower_simulation.emulation._vendors import ServedEmulator

if TYPE_CHECKING:
    from openpower_simulation.emulation._vendors import Emulator

__all__ = ["clock_of", "command_line", "serve_for"]


def command_line(module: str, description: str | None) -> argparse.ArgumentParser:
    """The options that every emulator takes; a vendor adds its own."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to serve")
    parser.add_argument("--speed", type=float, default=1.0, help="times as fast as real time")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same house")
    return parser


def clock_of(options: argparse.Namespace) -> ScaledClock:
    """The clock that the options ask for, beginning now."""
    return ScaledClock(datetime.now(UTC), options.speed)


def serve_for(options: argparse.Namespace, emulator: Emulator) -> int:
    """Serve, print where and how to connect, and return when the time is over or somebody interrupts."""
    with ServedEmulator(emulator, host=options.host, port=options.port) as served:
        sys.stdout.write(f"{emulator.title} emulator at {served.url}\n{served.connect_line}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait(options.minutes * 60)
        except KeyboardInterrupt:
            sys.stdout.write("stopped\n")
    return 0
