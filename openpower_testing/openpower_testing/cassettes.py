"""Recording and replaying HTTP in tests (a pytest plugin): one cassette serves both flavours.

A test marked ``vcr`` replays ``tests/cassettes/<provider>/<test module>/<test>.yaml``; what a parametrised test is
called for its flavour (the brackets) is no part of the name. With ``--record-mode=rewrite`` it records again. Load it
in the top ``conftest.py``::

    pytest_plugins = ["openpower_testing.cassettes"]

and let a fixture give the address to record from::

    @pytest.fixture
    def base_url(recording):
        if not recording.active:
            yield VENDORS_URL
        else:
            with serve(emulator) as served:
                recording.against_emulator("openpower_acme.emulator", served.url, VENDORS_URL)
                yield served.url
"""

from __future__ import annotations

import os
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from openpower_testing.recording import UNKNOWN_REQUEST, CassetteFormat
from openpower_testing.scrubbing import Scrubber

_MATCH_ON: Final = ["method", "scheme", "host", "path", "query", "body"]

_RECORD_AGAIN: Final = "record it again with pytest --record-mode=rewrite (nox -s record), against the emulator."


class Recording:
    """How the cassette of the current test is recorded."""

    def __init__(self, *, active: bool) -> None:
        self.active = active
        """Whether requests are sent and recorded; else they are replayed and nothing is sent."""
        self.scrubber = Scrubber(replaying=not active)
        self.recorded = "in an unknown way"

    def against_emulator(self, name: str, url: str, vendors_url: str) -> None:
        """Record from an emulator at ``url``, and write its address as the vendor's."""
        self.scrubber.pretend(url, vendors_url)
        self.recorded = f"against the emulator {name}; nothing in it is of a real account"

    def live(self, secrets: dict[str, str]) -> None:
        """Record from the vendor, and hide real values behind placeholders."""
        for real, placeholder in secrets.items():
            self.scrubber.hide(real, placeholder)
        today = datetime.now(UTC).date()
        self.recorded = f"live, {today}; what is private replaced before anything was written"

    def credentials(self, provider: str, *fields: str, **placeholders: str) -> dict[str, str] | None:
        """The user's credentials, if the environment has all of them: then record live.

        Args:
            provider: whose; the field ``app_id`` of ``alphaess`` is ``OPENPOWER_ALPHAESS_APP_ID``.
            fields: the credentials, each hidden behind its own name.
            placeholders: the same, hidden behind the given values, which the test uses when it replays.
        """
        hidden = {**{field: field.replace("_", "-") for field in fields}, **placeholders}
        found = {field: os.environ.get(_variable(provider, field), "") for field in hidden}
        if not self.active or not all(found.values()):
            return None
        self.live({found[field]: placeholder for field, placeholder in hidden.items()})
        return found


def _variable(provider: str, field: str) -> str:
    return f"OPENPOWER_{provider}_{field}".upper()


_PRESENT: Final = pytest.StashKey[Recording]()


def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Register our cassette format."""
    form = CassetteFormat(lambda: config.stash[_PRESENT].recorded, lambda: config.stash[_PRESENT].scrubber)
    vcr.register_serializer("yaml", form)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, None]:
    """Say what to do about a request that is not in the cassette."""
    answer = yield
    report: pytest.TestReport = answer.get_result()
    if report.failed and UNKNOWN_REQUEST in report.longreprtext:
        report.sections.append(("cassette", f"A request is not in the cassette: {_RECORD_AGAIN}"))


@pytest.fixture
def recording(pytestconfig: pytest.Config, record_mode: str) -> Recording:
    """How the cassette of this test is recorded: whether at all, from whom, and what to hide."""
    present = Recording(active=record_mode != "none")
    # vcrpy writes the cassette after the test, with a serializer that has access only to the configuration.
    pytestconfig.stash[_PRESENT] = present
    return present


@pytest.fixture
def vcr_config(recording: Recording) -> dict[str, Any]:
    """The configuration of vcrpy."""

    # Functions and not bound methods: the plugin deep-copies its configuration, scrubber included.
    def request(asked: Any) -> Any:
        return recording.scrubber.request(asked)

    def response(given: dict[str, Any]) -> dict[str, Any]:
        return recording.scrubber.response(given)

    return {
        "match_on": _MATCH_ON,
        "decode_compressed_response": True,
        "before_record_request": request,
        "before_record_response": response,
    }


@pytest.fixture(scope="module")
def vcr_cassette_dir(request: pytest.FixtureRequest) -> str:
    """``tests/cassettes/<provider>/<test module>``."""
    tests, module = request.config.rootpath / "tests", request.path
    return str(tests / "cassettes" / module.parent.relative_to(tests) / module.stem)


@pytest.fixture
def default_cassette_name(request: pytest.FixtureRequest) -> str:
    """The test's name without its parameters, so that both flavours share the cassette."""
    return str(request.node.originalname)
