"""``python -m openpower_alphaess.emulator``: serve a household system until interrupted, or for so long."""

from __future__ import annotations

from openpower_alphaess.emulator.app import Emulator
from openpower_alphaess.emulator.nameplate import Nameplate, Quirks
from openpower_alphaess.emulator.system import EmulatedSystem
from openpower_simulation.emulation import clock_of, command_line, serve_for


def main(arguments: list[str] | None = None) -> int:
    """Serve, print where and how to connect, and return when the time is over."""
    parser = command_line("openpower_alphaess.emulator", __doc__)
    parser.add_argument("--tz", default="Europe/Berlin", help="the system's time zone")
    parser.add_argument("--generation", choices=("legacy", "periodic"), default="legacy")
    options = parser.parse_args(arguments)
    clock = clock_of(options)
    system = EmulatedSystem(
        Nameplate(tz=options.tz, charger_models=("SMILE-EVCT11",)),
        start=clock.now(),
        seed=options.seed,
        quirks=Quirks(generation=options.generation),
    )
    return serve_for(options, Emulator([system], clock=clock))


if __name__ == "__main__":
    raise SystemExit(main())
