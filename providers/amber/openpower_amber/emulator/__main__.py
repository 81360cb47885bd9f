"""``python -m openpower_amber.emulator``: serve an account with one site until interrupted, or for so long."""

from __future__ import annotations

import argparse
import sys
import threading
from datetime import UTC, datetime

from openpower_amber.emulator.app import Emulator
from openpower_amber.emulator.limits import Quota
from openpower_amber.emulator.serving import ServedEmulator, serve
from openpower_amber.emulator.site import Nameplate
from openpower_core.clock import ScaledClock

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    options = _parser().parse_args(arguments)
    clock = ScaledClock(datetime.now(UTC), options.speed)
    site = Nameplate(interval_length=options.interval, tz=options.tz, network=options.network)
    emulator = Emulator([site], clock=clock, seed=options.seed, quota=Quota(limit=options.limit))
    with serve(emulator, host=options.host, port=options.port) as served:
        sys.stdout.write(_announcement(served))
        sys.stdout.flush()
        _wait(options.minutes)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="openpower_amber.emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to serve")
    parser.add_argument("--speed", type=float, default=1.0, help="times as fast as real time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tz", default="Australia/Brisbane", help="the site's time zone")
    parser.add_argument("--network", default="Energex", help="who owns the wires")
    parser.add_argument("--interval", type=int, choices=(5, 30), default=5, help="minutes")
    parser.add_argument("--limit", type=int, default=50, help="calls per five minutes and counter")
    return parser


def _announcement(served: ServedEmulator) -> str:
    settings = ", ".join(f"{name}={value!r}" for name, value in served.options.items())
    return f'Amber emulator at {served.url}\nopenpower.connect("amber", {settings})\n'


def _wait(minutes: float) -> None:
    try:
        threading.Event().wait(minutes * 60)
    except KeyboardInterrupt:
        sys.stdout.write("stopped\n")


if __name__ == "__main__":
    raise SystemExit(main())
