"""``python -m openpower_amber.emulator``: serve an account with one site until interrupted, or for so long."""

from __future__ import annotations

from openpower_amber.emulator.app import Emulator, Quota
from openpower_amber.emulator.site import Nameplate
from openpower_simulation.emulation import clock_of, command_line, serve_for


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    parser = command_line("openpower_amber.emulator", __doc__)
    parser.add_argument("--tz", default="Australia/Brisbane", help="the site's time zone")
    parser.add_argument("--network", default="Energex", help="the network operator")
    parser.add_argument("--interval", type=int, choices=(5, 30), default=5, help="minutes")
    parser.add_argument("--limit", type=int, default=50, help="calls per five minutes and counter")
    options = parser.parse_args(arguments)
    site = Nameplate(interval_length=options.interval, tz=options.tz, network=options.network)
    quota = Quota(limit=options.limit)
    emulator = Emulator([site], clock=clock_of(options), seed=options.seed, quota=quota)
    return serve_for(options, emulator)


if __name__ == "__main__":
    raise SystemExit(main())
