"""``python -m openpower_goodwe.semsplus.emulator``: serve a station until interrupted, or for so long."""

from __future__ import annotations

from openpower_goodwe.semsplus.emulator.app import Emulator
from openpower_goodwe.semsplus.emulator.station import Plate
from openpower_simulation.emulation import clock_of, command_line, serve_for


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    parser = command_line("openpower_goodwe.semsplus.emulator", __doc__)
    parser.add_argument("--tz", default="Europe/Amsterdam", help="the station's time zone")
    options = parser.parse_args(arguments)
    clock = clock_of(options)
    emulator = Emulator([Plate(tz=options.tz)], clock=clock, seed=options.seed)
    return serve_for(options, emulator)


if __name__ == "__main__":
    raise SystemExit(main())
