"""What all tests share: the captured payloads, and a marker for what needs none of the network."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from judges import AMBER_CONTRACT

# A busy machine is slow, which says nothing about the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

pytest_plugins = ["openpower_testing.cassettes"]

# The configuration of whoever runs the tests is not theirs to read.
os.environ["OPENPOWER_CONFIG"] = str(Path(__file__).with_name("no-such-config.toml"))
os.environ.pop("OPENPOWER_PLUGINS", None)
os.environ.pop("UV_RUN_RECURSION_DEPTH", None)  # how they were started does not change what commands print


@pytest.fixture(autouse=True)
def _own_state_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test remembers its writes in a folder of its own, and none in that of whoever runs it."""
    monkeypatch.setenv("OPENPOWER_STATE_DIR", str(tmp_path_factory.mktemp("state", numbered=True)))


SAMPLES = Path(__file__).resolve().parent.parent.parent / "shared" / "samples"


HAS_SAMPLES = SAMPLES.is_dir()
HAS_WHEELS = "OPENPOWER_WHEELS" in os.environ
HAS_CLIENTS = find_spec("amberelectric") is not None
HAS_COUNTERPARTS = "OPENPOWER_CONSUMERS" in os.environ

# What a test needs of a capture stands in the test. Whole captures are an additional check, in files of their own.
collect_ignore_glob = [] if HAS_SAMPLES else ["**/test_samples*.py"]
if not HAS_WHEELS:
    collect_ignore_glob.append("**/test_wheels.py")  # nox -s third_party builds them
if not HAS_CLIENTS:
    collect_ignore_glob.append("interop/*")  # nox -s interop installs them
elif not AMBER_CONTRACT.is_file():
    collect_ignore_glob.append("interop/test_amber_contract.py")
if not HAS_COUNTERPARTS:
    collect_ignore_glob.append("consumers/*")  # nox -s consumers installs them


# The kit's "not applicable" and "unproven" (which a provider has to declare with its reason), and pyenv's.
GOOD_REASONS = (
    "Skipped: openpower: ",
    "Skipped: openpower, unproven: ",
    "Skipped: no interpreter",
    "Skipped: no PostgreSQL",
)


def pytest_report_header() -> list[str]:
    """Say which files are left out, and why."""
    lines = [f"captures: {SAMPLES}" if HAS_SAMPLES else "captures: none beside the checkout, so no test_samples*.py"]
    if not HAS_WHEELS:
        lines.append("wheels: none given, so test_wheels.py is left out (nox -s third_party)")
    if not HAS_CLIENTS:
        lines.append("others' clients: not installed, so tests/interop is left out (nox -s interop)")
    elif not AMBER_CONTRACT.is_file():
        lines.append(f"Amber's contract: not at {AMBER_CONTRACT}, so test_amber_contract.py is left out")
    if not HAS_COUNTERPARTS:
        lines.append("Home Assistant and others: not installed, so tests/consumers is left out (nox -s consumers)")
    return lines


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI, fail on a skip that the kit does not give a reason for, unless an interpreter or PostgreSQL is absent."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if "CI" not in os.environ or reporter is None:
        return
    reasons = {str(report.longrepr[2]) for report in reporter.stats.get("skipped", ())}
    unexpected = {each for each in reasons if not each.startswith(GOOD_REASONS)}
    if unexpected:
        reporter.write_line("\n  ".join(["\nskipped for no good reason:", *sorted(unexpected)]), red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of captured payloads beside the checkout, for files named ``test_samples*``."""
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
    """``--save-sessions`` rewrites the terminal sessions of the documentation."""
    parser.addoption("--save-sessions", action="store_true", help="write docs/tutorials/session-*.md anew")
