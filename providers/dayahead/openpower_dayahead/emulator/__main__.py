"""``python -m openpower_dayahead.emulator``: serve one source until interrupted, or for so long."""

from __future__ import annotations

from openpower_dayahead.client import Source
from openpower_dayahead.emulator.app import Emulator
from openpower_simulation.emulation import clock_of, command_line, serve_for


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    parser = command_line("openpower_dayahead.emulator", __doc__)
    parser.add_argument("--source", default=Source.ENERGY_CHARTS.value, choices=[each.value for each in Source])
    parser.add_argument("--area", default="DE-LU", help="the bidding zone")
    options = parser.parse_args(arguments)
    emulator = Emulator(options.source, options.area, clock=clock_of(options), seed=options.seed)
    return serve_for(options, emulator)


if __name__ == "__main__":
    raise SystemExit(main())
