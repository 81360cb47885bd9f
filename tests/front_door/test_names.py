"""What ``import openpower`` offers: every name resolves, is documented, and costs nothing until it is used."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest

import openpower
from openpower_core import errors

PLAIN = {"EVERY_DAY", "UNSET", "Confirm"}
"""Names for values, which cannot carry a docstring of their own."""


@pytest.mark.parametrize("name", openpower.__all__)
def test_every_name_resolves_and_is_documented(name: str) -> None:
    """A name without a docstring would be a secret."""
    value = getattr(openpower, name)

    assert name in PLAIN or inspect.getdoc(value)


def test_dir_lists_the_names() -> None:
    """Completion in a shell shows all of them before any is loaded."""
    assert dir(openpower) == sorted(openpower.__all__)


def test_every_error_is_there() -> None:
    """So that ``except openpower.RateLimited`` needs no other import."""
    assert set(errors.__all__) <= set(openpower.__all__)


def test_names_are_the_vocabularys_own() -> None:
    """Nothing is wrapped or copied."""
    for module in ("readings", "control", "prices", "capabilities", "writes", "errors"):
        core: Any = __import__(f"openpower_core.{module}", fromlist=["__all__"])
        for name in core.__all__:
            assert getattr(openpower, name) is getattr(core, name)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As in any other module."""
    with pytest.raises(AttributeError, match="no attribute 'conect'"):
        openpower.conect  # type: ignore[attr-defined]  # noqa: B018


def _loaded_by(code: str) -> set[str]:
    listing = "import sys; print(*(name for name in sys.modules), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"{code}\n{listing}"], capture_output=True, text=True, check=True, timeout=60
    )
    return {line.partition(".")[0] for line in done.stdout.splitlines()}


def test_importing_it_loads_nothing_else() -> None:
    """Neither a dependency nor what of the standard library is slow to load; of core, only what makes it lazy."""
    code = "import sys; before = set(sys.modules); import openpower; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.split() == ["openpower", "openpower_core", "openpower_core.lazy"]


def test_listing_providers_loads_no_provider() -> None:
    """It comes from metadata alone, without the libraries that providers need."""
    loaded = _loaded_by("import openpower; openpower.providers()")

    assert not {name for name in loaded if name.startswith("openpower_") and name != "openpower_core"}
    assert not {"httpx", "pluggy", "cattrs", "attr"} & loaded


CONNECTS = {
    "alphaess": "app_id='a', app_secret='b'",
    "amber": "token='a'",
    "dayahead": "area='AT'",
    "demo": "",
    "goodwe": "account='a', password='b'",
    "octopus": "api_key='a'",
}


@pytest.mark.parametrize("name", CONNECTS)
def test_connecting_loads_no_other_provider(name: str) -> None:
    """Nor an extra, and nothing of asyncio in a synchronous program."""
    options = CONNECTS[name]
    loaded = _loaded_by(f"import openpower; openpower.connect({name!r}, {options}).close()")
    packages = {f"openpower_{each}" for each in CONNECTS}
    extras = {"keyring", "starlette", "uvicorn", "rich", "cyclopts", "goodwe", "vcr", "pytest"}

    assert packages & loaded == {f"openpower_{name}"}
    assert not extras & loaded
    assert "asyncio" not in loaded


def test_help_tells_the_whole_story_of_connect() -> None:
    """The overloads are for type checkers; people see the parameters."""
    assert {"base_url", "tz", "state_dir", "timeout", "profile"} <= set(inspect.signature(openpower.connect).parameters)
    assert "Raises:" in str(openpower.connect_async.__doc__) + str(openpower.connect.__doc__)
