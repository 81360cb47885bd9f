"""The pytest plugin, loaded wherever ``openpower-testing`` is installed: it does nothing until a class enrols a provider.

Options: ``--openpower-report FILE`` writes what was supported and what proved it, as JSON; ``--openpower-live`` tries
the vendor's real service instead of the emulator, with reads only unless ``--openpower-live-writes``;
``--openpower-cassettes DIR`` replays what ``--openpower-record`` recorded there; ``--openpower-campaign`` runs the whole
fault campaign instead of a part.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from openpower_testing.enrolment import Result

_PROPERTY: Final = "openpower_result"
_RESULTS: Final[list[dict[str, Any]]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """The kit's options."""
    group = parser.getgroup("openpower", "conformance of openpower providers")
    group.addoption("--openpower-report", metavar="FILE", help="write the results as JSON")
    group.addoption("--openpower-live", action="store_true", help="try the vendor's real service; reads only")
    group.addoption("--openpower-cassettes", metavar="DIR", help="replay cassettes instead of asking the emulator")
    group.addoption("--openpower-record", action="store_true", help="record those cassettes again instead")
    group.addoption("--openpower-campaign", action="store_true", help="let every fault meet every operation; long")
    group.addoption("--openpower-live-writes", action="store_true", help="with --openpower-live: write as well")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each check and flavour of an enrolled provider."""
    if "openpower_check" in metafunc.fixturenames and _enrols(kind := _class_of(metafunc)):
        from openpower_testing.checks import CHECKS
        from openpower_testing.conformance import flavours_of

        cases = [
            pytest.param((check.name, flavour), id=f"{check.name}-{_flavour(check, flavour)}")
            for check in CHECKS.values()
            for flavour in flavours_of(check, kind())
        ]
        metafunc.parametrize("openpower_check", cases)


def _flavour(check: Any, flavour: str) -> str:
    return flavour if check.per_flavour else "both"


def _class_of(node: Any) -> Any:
    return getattr(node, "cls", None)


def _enrols(kind: object) -> bool:
    return bool(getattr(kind, "openpower_conformance", False))


@pytest.fixture
def openpower_result(request: pytest.FixtureRequest, openpower_check: tuple[str, Any]) -> Result:
    """The result of the check that this test is; for the kit's own use."""
    from openpower_testing.checks import CHECKS

    name, flavour = openpower_check
    live = bool(request.config.getoption("openpower_live"))
    cassettes = request.config.getoption("openpower_cassettes")
    check = CHECKS[name]
    allowed = check.live or (check.live_write and request.config.getoption("openpower_live_writes"))
    if live and not allowed:
        pytest.skip(f"openpower: {name} is not run against a live service")
    enrolled: Any = request.instance
    cassette = None
    if cassettes:
        if not check.live:
            pytest.skip(f"openpower: {name} does more than read, so it is not recorded")
        cassette = _cassette(Path(cassettes), enrolled, name, record=bool(request.config.getoption("openpower_record")))
    result: Result = enrolled.conforms(
        name, flavour, live=live, cassette=cassette, thorough=bool(request.config.getoption("openpower_campaign"))
    )
    request.node.user_properties.append((_PROPERTY, _plain(result)))
    return result


def _cassette(folder: Path, enrolled: Any, check: str, *, record: bool) -> Any:
    """The cassette of one check, which both flavours share."""
    from openpower_testing.recording import Cassette

    name = "-".join(filter(None, (enrolled.spec.name, enrolled.variant)))
    return Cassette(path=folder / name / f"{check}.yaml", record=record)


def _plain(result: Result) -> dict[str, Any]:
    from attrs import asdict

    return {**asdict(result), "outcome": str(result.outcome)}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """A check that is skipped without a reason fails."""
    del call
    answer = yield
    report: Any = answer.get_result()
    if not _enrols(_class_of(item)) or not report.skipped:
        return
    reason = str(report.longrepr[-1])
    if "unconditional skip" in reason or not reason.removeprefix("Skipped:").strip():
        report.outcome = "failed"
        report.longrepr = f"{item.name} is skipped without a reason. Name it in not_applicable, with the reason."


def pytest_runtest_logreport(report: Any) -> None:
    """Collect the results, including those of other processes (pytest-xdist)."""
    if report.when == "call":
        for name, value in report.user_properties:
            if name == _PROPERTY:
                _RESULTS.append(value)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the report, if requested."""
    path = session.config.getoption("openpower_report")
    if path and not hasattr(session.config, "workerinput"):
        from openpower_testing.matrix import write

        write(Path(path), _RESULTS)
