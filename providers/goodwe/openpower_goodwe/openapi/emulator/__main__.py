"""``python -m openpower_goodwe.openapi.emulator``: serve a plant until interrupted, or for so long."""

from __future__ import annotations

from openpower_goodwe.openapi.emulator.app import Emulator
from openpower_simulation.emulation import clock_of, command_line, serve_for

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    parser = command_line("openpower_goodwe.openapi.emulator", __doc__)
    parser.add_argument("--tz", default="Europe/Berlin", help="the plant's time zone")
    options = parser.parse_args(arguments)
    emulator = Emulator(clock=clock_of(options), tz=options.tz, seed=options.seed)
    return serve_for(options, emulator)


if __name__ == "__main__":
    raise SystemExit(main())
