"""A provider by strangers, knowing only the core, is as good as ours, and small."""

from __future__ import annotations

import ast
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import nordlys
import pytest

import openpower
from openpower_core.clock import ManualClock

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "third_party" / "openpower_nordlys"
GENERATED_OR_MODELS = {"models.py", "_sync.py"}


@pytest.fixture
def spec(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Its specification, from its folder."""
    monkeypatch.syspath_prepend(str(FOLDER.parent))
    from openpower_nordlys.plugin import openpower_provider

    yield openpower_provider()
    for name in [name for name in sys.modules if name.startswith("openpower_nordlys")]:
        del sys.modules[name]


def test_it_connects_and_prices_in_our_words(spec: Any) -> None:
    """Noon's price is 0.62 NOK, now; the forecast runs to the end of tomorrow and has one negative hour a day."""
    with (
        nordlys.served() as server,
        openpower.connect(spec, token=nordlys.TOKEN, base_url=server.url, clock=ManualClock(nordlys.NOON)) as home,
    ):
        retailer = home.retailer()
        now = retailer.current_price()
        ahead = retailer.prices()

    assert (now.per_kwh, now.currency, now.kind) == (Decimal("0.62"), "NOK", "current")
    assert len(ahead) == 36
    assert [price.per_kwh for price in ahead if price.per_kwh < 0] == [Decimal("-0.05")]


async def test_it_has_both_flavours(spec: Any) -> None:
    """The generated twin and the original give the same."""
    with nordlys.served() as server:
        options = {"token": nordlys.TOKEN, "base_url": server.url, "clock": ManualClock(nordlys.NOON)}
        async with openpower.connect_async(spec, **options) as home:
            asynchronous = await (await home.retailer()).prices()
        with openpower.connect(spec, **options) as blocking:
            assert blocking.retailer().prices() == asynchronous


def test_an_error_inside_a_good_answer_is_an_error(spec: Any) -> None:
    """GraphQL says 200 and refuses: that is a failed sign-in, and the token stays secret."""
    with (
        nordlys.served() as server,
        openpower.connect(spec, token="wrong-canary-7", base_url=server.url) as home,
        pytest.raises(openpower.AuthenticationFailed) as caught,
    ):
        home.retailer()

    assert "wrong-canary-7" not in str(caught.value)


def test_it_is_at_most_fifty_lines() -> None:
    """Besides its models and the generated module, what a third party writes fits a page."""
    files = [file for file in FOLDER.glob("*.py") if file.name not in GENERATED_OR_MODELS]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]

    assert 10 < len(lines) <= 50


def test_it_knows_only_the_core() -> None:
    """Nothing of the front door, no other provider and no HTTP library is imported."""
    roots = set()
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                roots.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Import):
                roots |= {alias.name.partition(".")[0] for alias in node.names}

    assert {root for root in roots if root not in sys.stdlib_module_names} == {"openpower_core"}
