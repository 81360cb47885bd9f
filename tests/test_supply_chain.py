"""What is released, and by whom: pins among our own parts, addresses, the release workflow, and SECURITY.md."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
RELEASED = sorted(
    ["pyproject.toml", *(str(path.relative_to(ROOT)) for path in ROOT.glob("openpower_*/pyproject.toml"))]
) + sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("providers/*/pyproject.toml"))
OTHERS = [
    "examples/plugins/pyproject.toml",
    "examples/third_party/pyproject.toml",
    "openpower_testing/openpower_testing/template/pyproject.toml",
]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def _project(path: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))


def _requirements(table: dict[str, Any]) -> list[str]:
    project = table["project"]
    lists = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
    lists += table.get("dependency-groups", {}).values()
    return [requirement for each in lists for requirement in each if isinstance(requirement, str)]


def test_no_distribution_is_forgotten() -> None:
    """What the tests below look at is all that there is."""
    found = {
        str(path.relative_to(ROOT)) for path in ROOT.rglob("pyproject.toml") if not {".venv", ".nox"} & {*path.parts}
    }

    assert found == {*RELEASED, *OTHERS}


@pytest.mark.parametrize("path", [*RELEASED, *OTHERS])
def test_every_requirement_of_ours_has_both_bounds(path: str) -> None:
    """Parts of one minor version fit together; the next one may not. A part may name itself without."""
    table = _project(path)
    own = re.compile(r"openpower(-[a-z]+)?(\[[a-z,]+\])?(?P<bounds>.*)")
    asked = {each: match["bounds"] for each in _requirements(table) if (match := own.fullmatch(each))}
    itself = {each for each in asked if re.split(r"[\[<>=]", each)[0] == table["project"]["name"]}

    assert asked
    assert {bounds for each, bounds in asked.items() if each not in itself} <= {">=0.2,<0.3"}


@pytest.mark.parametrize("path", RELEASED)
def test_every_distribution_says_where_it_comes_from(path: str) -> None:
    """The package index shows these links; all lead to one repository."""
    project = _project(path)["project"]
    urls = project["urls"]

    assert urls.keys() == {"Homepage", "Documentation", "Source", "Issues", "Changelog", "Security"}
    assert {url[: len(urls["Homepage"])] for url in urls.values()} == {urls["Homepage"]}
    assert urls == _project("pyproject.toml")["project"]["urls"]
    assert project["version"] == _project("pyproject.toml")["project"]["version"]


def _steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job.get("steps", ())]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_trust_commits_and_know_no_secret(path: Path) -> None:
    """A tag can be moved to other code; a commit cannot. What the jobs may do is listed, and is nothing by default."""
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    used = re.findall(r"uses: (\S+)(.*)", text)
    foreign = [(action, comment) for action, comment in used if not action.startswith("./")]

    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action, _ in foreign), foreign
    assert all(re.fullmatch(r" # v\d+\.\d+\.\d+", comment) for _, comment in foreign), foreign
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in text
    assert not re.search(r"run:.*\$\{\{", text)  # text of an event is no script
    for step in _steps(workflow):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_a_release_is_checked_built_listed_attested_and_published() -> None:
    """In that order, from a tag; only the job that publishes may publish, and it runs no code of ours."""
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))
    build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]
    done = [step.get("uses", step.get("run", "")).split("@")[0].strip() for step in build["steps"]]
    order = [
        next(index for index, each in enumerate(done) if part in each)
        for part in (
            "uv build --all-packages",
            "cyclonedx1.5",
            "actions/attest-build-provenance",
            "actions/attest-sbom",
            "actions/upload-artifact",
        )
    ]

    assert workflow[True] == {"push": {"tags": ["v*"]}}  # YAML reads "on" as true
    assert workflow["jobs"]["check"]["uses"] == "./.github/workflows/ci.yml"
    assert (build["needs"], publish["needs"]) == ("check", "build")
    assert order == sorted(order)
    assert publish["permissions"] == {"id-token": "write"}
    assert [step.get("uses", step.get("run")).split("@")[0] for step in publish["steps"]] == [
        "actions/download-artifact",
        "actions/setup-python",
        "pip install uv==0.13.9",
        "uv publish --trusted-publishing always dist/*",
    ]


def test_every_promise_of_security_md_names_what_shows_it() -> None:
    """Each row has a test; every path exists, and each test file has tests."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| **")]
    named = set(re.findall(r"`([\w.-]+/[\w./-]+)`", text))

    assert {re.findall(r"\*\*(.+?)\.\*\*", row)[0] for row in rows} >= {
        *("Errors", "Secrets", "Vendor text", "Transport", "Writes", "State files", "Plugins", "Cassettes"),
        "Supply chain",
    }
    for row in rows:
        assert re.search(r"`tests/[\w/]+\.py`", row.split("|")[2]), row
    assert {path for path in named if not (ROOT / path).exists()} == set()
    for path in named:
        if path.startswith("tests/"):
            assert "def test_" in (ROOT / path).read_text(encoding="utf-8"), path
