"""``python -m openpower_alphaess.emulator``: serve a household system until interrupted, or for so long."""

from __future__ import annotations

import argparse
import sys
import threading
from datetime import UTC, datetime

from openpower_alphaess.emulator.app import Emulator
from openpower_alphaess.emulator.nameplate import Nameplate
from openpower_alphaess.emulator.quirks import Quirks
from openpower_alphaess.emulator.serving import ServedEmulator, serve
from openpower_alphaess.emulator.system import EmulatedSystem
from openpower_core.clock import ScaledClock

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    options = _parser().parse_args(arguments)
    clock = ScaledClock(datetime.now(UTC), options.speed)
    system = EmulatedSystem(
        Nameplate(tz=options.tz, charger_models=("SMILE-EVCT11",)),
        start=clock.now(),
        seed=options.seed,
        quirks=Quirks(generation=options.generation),
    )
    with serve(Emulator([system], clock=clock), host=options.host, port=options.port) as served:
        sys.stdout.write(_announcement(served))
        sys.stdout.flush()
        _wait(options.minutes)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="openpower_alphaess.emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to serve")
    parser.add_argument("--speed", type=float, default=1.0, help="times as fast as real time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tz", default="Europe/Berlin", help="the system's time zone")
    parser.add_argument("--generation", choices=("legacy", "periodic"), default="legacy")
    return parser


def _announcement(served: ServedEmulator) -> str:
    settings = ", ".join(f"{name}={value!r}" for name, value in served.options.items())
    return f'AlphaESS emulator at {served.url}\nopenpower.connect("alphaess", {settings})\n'


def _wait(minutes: float) -> None:
    try:
        threading.Event().wait(minutes * 60)
    except KeyboardInterrupt:
        sys.stdout.write("stopped\n")


if __name__ == "__main__":
    raise SystemExit(main())
