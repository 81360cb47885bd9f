"""The hub on a fast clock, as a process that can be killed: ``python soak_hub.py CONFIG BEGIN EPOCH SPEED``.

Its clock shows BEGIN when the machine's showed EPOCH, and runs SPEED times as fast, in every process that is started with
the same arguments.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import openpower
from openpower_core.clock import ScaledClock
from openpower_core.connection.context import state_folder
from openpower_hub import logs
from openpower_hub.config_file import read_config
from openpower_hub.engine import Hub


def shared_clock(begin: str, epoch: str, speed: str) -> ScaledClock:
    """The clock of all processes of a soak."""
    passed = (time.time() - float(epoch)) * float(speed)
    return ScaledClock(datetime.fromisoformat(begin) + timedelta(seconds=passed), float(speed))


async def main(config: str, *clock: str) -> None:
    """Run until SIGTERM."""
    shared = shared_clock(*clock)
    connect = partial(openpower.connect_async, clock=shared, state_dir=state_folder())
    hub = Hub(read_config(Path(config)), clock=shared, connect=connect)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, hub.stop)
    await hub.run()


if __name__ == "__main__":
    logs.to_stderr()
    asyncio.run(main(*sys.argv[1:]))
