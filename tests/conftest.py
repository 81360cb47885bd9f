"""What all tests share: the captured payloads, and a marker for what needs none of the network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, which says nothing about the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

pytest_plugins = ["openpower_testing.cassettes"]

SAMPLES = Path(__file__).resolve().parent.parent.parent / "shared" / "samples"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of captured payloads beside the checkout; tests skip where it is absent."""
    if not SAMPLES.is_dir():
        pytest.skip("the captured payloads (../shared/samples) are not beside this checkout")
    return SAMPLES


@pytest.fixture(scope="session")
def sample(samples: Path) -> Any:
    """Load one captured JSON payload by its path below the samples folder."""

    def load(name: str) -> Any:
        return json.loads((samples / name).read_text(encoding="utf-8"))

    return load


@pytest.fixture
def anyio_backend() -> str:
    """asyncio only; trio is not promised."""
    return "asyncio"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--save-sessions`` writes the terminal sessions of the documentation anew."""
    parser.addoption("--save-sessions", action="store_true", help="write docs/session-*.md anew")
