"""What ``nox -s consumers`` installed, and the programs that most tests start."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from home_assistant import HomeAssistant
from hub_process import HubProcess, Mosquitto


@pytest.fixture(scope="session")
def parts() -> Path:
    """The folder of the installed counterparts."""
    return Path(os.environ["OPENPOWER_CONSUMERS"])


@pytest.fixture
def programs() -> Iterator[ExitStack]:
    """What is started for a test, and ended after it, the last one first, however the test ends."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def broker(tmp_path: Path, programs: ExitStack) -> Mosquitto:
    """Mosquitto, open to everybody on loopback."""
    broker = Mosquitto(tmp_path)
    programs.callback(broker.stop)
    broker.start()
    return broker


@pytest.fixture
def hub(tmp_path: Path, programs: ExitStack) -> Callable[..., HubProcess]:
    """Makes a hub from its configuration and profiles; the test starts it."""

    def make(config: str, **more: object) -> HubProcess:
        made = HubProcess(tmp_path, config, **more)  # type: ignore[arg-type]
        programs.callback(made.stop)
        return made

    return make


@pytest_asyncio.fixture
async def home_assistant(
    parts: Path, tmp_path: Path, broker: Mosquitto, programs: ExitStack
) -> AsyncIterator[HomeAssistant]:
    """Home Assistant, connected with the broker."""
    made = HomeAssistant(parts / "home_assistant", tmp_path)
    programs.callback(made.program.stop)
    made.program.start()
    await made.set_up(broker.entry)
    yield made
