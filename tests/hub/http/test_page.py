"""The page of the API has every path, operation and event that there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from openpower_hub.changes import What
from openpower_hub.config import HubConfig
from openpower_hub.control import OPERATIONS
from openpower_hub.engine import Hub
from openpower_hub.http.api import endpoints

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "http.md").read_text(encoding="utf-8")


def rows(head: str) -> list[list[str]]:
    """The cells of a table."""
    table = PAGE.partition(f"| {head} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table]


def test_every_path() -> None:
    """With its parameters."""
    listed = {first.strip("` "): words for first, words in rows("request | answer")}
    made = {f"{each.method} {each.path}".strip(): each for each in endpoints(Hub(HubConfig.of_profiles(())))}

    assert listed.keys() == made.keys() | {"GET /openapi.json"}
    for path, each in made.items():
        named = {parameter.name for parameter in each.parameters if parameter.where == "query"}

        assert set(re.findall("`([^`]+)`", listed[path])) == named, path


def test_every_operation_and_what_it_takes() -> None:
    """As the engine has them."""
    listed = {
        name: set(re.findall("`([^`]+)`", takes)) - {"null"}
        for names, takes in rows("operation | takes")
        for name in re.findall("`([^`]+)`", names)
    }

    assert listed == {name: set(each.takes) for name, each in OPERATIONS.items()}


def test_every_event() -> None:
    """The kinds of changes, and what the stream adds."""
    assert {row[0].strip("`") for row in rows("event | when | holds")} == {*What, "state", "heartbeat"}
