"""Kills processes that command emulated homes, and lets ``openpower release --due`` in a fresh process put back what was there.

All processes share a clock that runs many times as fast as the machine's, so that settle times and ends take seconds.
Run by ``test_kill.py``; it imports no pytest fixtures.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from openpower_core.clock import SYSTEM_CLOCK, SystemClock  # noqa: E402

SPEED = 600.0
LONGEST = timedelta(minutes=6)


def quicken(epoch: float) -> None:
    """Have the machine's clock run faster, in this process; the epoch is the same for all of them."""

    def now(_: SystemClock) -> datetime:
        return datetime.fromtimestamp(epoch + (time.time() - epoch) * SPEED, UTC)

    async def asleep(_: SystemClock, seconds: float) -> None:
        import asyncio

        await asyncio.sleep(max(0.0, seconds) / SPEED)

    SystemClock.now = now  # type: ignore[method-assign]
    SystemClock.monotonic = lambda _: time.monotonic() * SPEED  # type: ignore[method-assign]
    SystemClock.sleep = lambda _, seconds: time.sleep(max(0.0, seconds) / SPEED)  # type: ignore[method-assign]
    SystemClock.asleep = asleep  # type: ignore[method-assign]


def command_line(epoch: str, *arguments: str) -> int:
    """The ``openpower`` command on the fast clock."""
    quicken(float(epoch))
    from openpower.cli.app import run

    return run(list(arguments))


class Homes:
    """The emulated homes, one per vendor, with a profile for each."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        from openpower_alphaess.emulator import serve as serve_alphaess
        from openpower_goodwe.local.emulator import serve as serve_local
        from openpower_goodwe.semsplus.emulator import serve as serve_sems
        from tests.way_back import vendors

        self.state = folder / "state"
        self.vendors: dict[str, Any] = {}
        self.options: dict[str, dict[str, Any]] = {}
        self.served: dict[str, Any] = {}
        for name, kind in (
            ("legacy", vendors.AlphaESS),
            ("periodic", vendors.PeriodicAlphaESS),
            ("sems", vendors.SemsPlus),
            ("et", vendors.LocalET),
            ("es", vendors.LocalES),
        ):
            vendor: Any = kind(folder, SYSTEM_CLOCK)
            for field, value in vendor.settings().items():
                vendor.change(field, value)
            if name in ("et", "es"):
                served = self.served[name] = stack.enter_context(serve_local(vendor.inverter))
                self.options[name] = {"provider": "goodwe-local", **served.options, "family": vendor.inverter.family}
            else:
                served = stack.enter_context((serve_sems if name == "sems" else serve_alphaess)(vendor.emulator))
                self.options[name] = {"provider": vendor.emulator.provider, **served.options}
            self.vendors[name] = vendor
        lines = [
            f"[profiles.{name}]\n" + "".join(f"{key} = {value!r}\n" for key, value in options.items())
            for name, options in self.options.items()
        ]
        file = folder / "config.toml"
        file.touch(mode=0o600)
        file.write_text("\n".join(lines).replace("'", '"'))

    def writes(self, name: str) -> list[str]:
        """All calls that write and have arrived at a home."""
        if name in ("et", "es"):
            return [request.raw.hex() for request in self.served[name].log.writes]
        if name == "sems":
            return [repr(each) for each in self.vendors[name].emulator.station.written]
        return [f"{each.endpoint} {each.params}" for each in self.vendors[name].emulator.requests.writes]

    def command(self, name: str, until: datetime, *, release: bool) -> None:
        """What the process does that is killed."""
        from openpower_core.connection import connect

        options = dict(self.options[name])
        with connect(options.pop("provider"), state_dir=self.state, **options) as home:
            home.battery().charge(until=until, unattended=True, confirm="accepted" if release else "readback")
            if release:
                home.battery().release(confirm="readback")


def die(work: Any, after_s: float) -> None:
    """Run the work in a child, and kill it after that time."""
    child = os.fork()
    if child == 0:
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115  (its end is violent)
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def kill_at_random(kills: int, folder: Path, seed: int) -> int:
    """Kill so many commands in rounds of one per home; after each round all that is due is released."""
    from openpower_core.write import SQLiteStore, read_audit

    epoch, chance, done = time.time(), random.Random(seed), 0
    folder.mkdir(parents=True)
    quicken(epoch)
    environment = os.environ | {
        "OPENPOWER_CONFIG": str(folder / "config.toml"),
        "OPENPOWER_STATE_DIR": str(folder / "state"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    with ExitStack() as stack:
        homes = Homes(folder, stack)
        before = {name: vendor.fields() for name, vendor in homes.vendors.items()}
        store = SQLiteStore(homes.state)
        while done < kills:
            until = SYSTEM_CLOCK.now() + timedelta(minutes=40)
            for name in homes.vendors:
                release, arrived = chance.random() < 0.3, len(homes.writes(name))
                die(partial(homes.command, name, until, release=release), chance.uniform(0.0, 0.5 if release else 0.3))
                sent = homes.writes(name)[arrived:]
                assert len(sent) == len(set(sent)), f"doubled: {sent}"
                done += 1
            for _ in range(4):
                # After the end, and after whatever was on its way has arrived.
                rest = max(until, SYSTEM_CLOCK.now() + LONGEST) - SYSTEM_CLOCK.now()
                time.sleep(max(0.0, (rest + timedelta(minutes=1)).total_seconds() / SPEED))
                arguments = ["cli", str(epoch), "release", "--due", *homes.vendors, "--yes"]
                released = subprocess.run(
                    [sys.executable, __file__, *arguments], env=environment, capture_output=True, text=True, check=False
                )
                if not store.points():
                    break
            held = {name: vendor.fields() for name, vendor in homes.vendors.items()}
            assert not store.points(), released.stdout + released.stderr
            assert held == before, [
                (name, field, held[name].get(field), value)
                for name in before
                for field, value in before[name].items()
                if held[name].get(field) != value
            ]
        lines = [line for line in read_audit(homes.state) if line["outcome"] == "sending"]
        arrived = {name: len(homes.writes(name)) for name in homes.vendors}
        assert sum(arrived.values()) <= sum(len(line["calls"]) for line in lines), "not in the audit"
        sys.stderr.write(f"{len(lines)} writes in the audit; calls that arrived: {arrived}\n")
    return done


if __name__ == "__main__":
    what_, *rest_ = sys.argv[1:]
    if what_ == "cli":
        sys.exit(command_line(*rest_))
    sys.stdout.write(f"{kill_at_random(int(rest_[0]), Path(rest_[1]), int(rest_[2]))}\n")
