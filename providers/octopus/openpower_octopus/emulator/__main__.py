"""``python -m openpower_octopus.emulator``: serve an account with one home until interrupted, or for so long."""

from __future__ import annotations

from openpower_octopus.emulator.app import Emulator
from openpower_octopus.emulator.home import Home
from openpower_simulation.emulation import clock_of, command_line, serve_for


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    parser = command_line("openpower_octopus.emulator", __doc__)
    parser.add_argument("--tariff", default=Home.tariff, help="the tariff of import")
    options = parser.parse_args(arguments)
    return serve_for(options, Emulator(Home(tariff=options.tariff), clock=clock_of(options), seed=options.seed))


if __name__ == "__main__":
    raise SystemExit(main())
