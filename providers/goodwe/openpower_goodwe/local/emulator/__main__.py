"""``python -m openpower_goodwe.local.emulator``: serve an inverter until interrupted, or for a given time."""

from __future__ import annotations

from functools import partial

from openpower_goodwe.local.emulator.dt import EmulatedDT
from openpower_goodwe.local.emulator.hybrids import EmulatedES, EmulatedET
from openpower_goodwe.local.emulator.server import serve
from openpower_simulation.emulation import clock_of, command_line, serve_for

_FAMILIES = {"ET": EmulatedET, "ES": EmulatedES, "DT": EmulatedDT}


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    parser = command_line("openpower_goodwe.local.emulator", __doc__)
    parser.add_argument("--family", choices=sorted(_FAMILIES), default="ET")
    parser.add_argument("--protocol", choices=("udp", "tcp"), default="udp")
    options = parser.parse_args(arguments)
    inverter = _FAMILIES[options.family](clock=clock_of(options))
    return serve_for(options, inverter, serve=partial(serve, protocol=options.protocol))


if __name__ == "__main__":
    raise SystemExit(main())
