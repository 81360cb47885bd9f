"""The generator of synchronous code: what it drops, renames and leaves alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from openpower_core import waiting
from openpower_testing import unasync

TOOL = Path(unasync.__file__)

CASES = [
    ("async def f():\n    await g()\n", "def f():\n    g()\n"),
    ("async with a as b, c: pass\n", "with a as b, c: pass\n"),
    ("x = [y async for y in z]\n", "x = [y for y in z]\n"),
    ("x = (await a.b(await c)).d[0]\n", "x = a.b(c).d[0]\n"),
    ("x = (await a or b).c\n", "x = (a or b).c\n"),
    ("f((await a).b)\n", "f(a.b)\n"),
    ("f(await a)\n", "f(a)\n"),
    ("class AsyncA(_AsyncB): ...\n", "class A(_B): ...\n"),
    ("import asyncio\n", "import asyncio\n"),
    ("from a._async_base import AsyncB\n", "from a._sync_base import B\n"),
    ("from c import Awaitable, Callable\n", "from c import Callable\n"),
    ("f: Callable[[], Awaitable[dict[str, int]]]\n", "f: Callable[[], dict[str, int]]\n"),
    ("'''Use ``async with AsyncA()``.'''\n", "'''Use ``with A()``.'''\n"),
    ("x = f'é {await y} {AsyncZ!r:>3} {{}}'\n", "x = f'é {y} {Z!r:>3} {{}}'\n"),
    ("x = f'{(await a.b(c)).d} {g(await h).i}'\n", "x = f'{a.b(c).d} {g(h).i}'\n"),
    ("# an AsyncA, asynchronous\n", "# an A, synchronous\n"),
    ("async def __aenter__(self): await asleep(1)\n", "def __enter__(self): sleep(1)\n"),
]


@pytest.mark.parametrize(("source", "twin"), CASES)
def test_tokens_become_those_of_the_twin(source: str, twin: str) -> None:
    """Each asynchronous form becomes the synchronous one, in code, strings and comments."""
    assert unasync.to_sync(source) == twin


def test_waiting_has_both_names_of_each_pair() -> None:
    """Where waiting.py exports the asynchronous name of a pair, it exports the blocking one too."""
    pairs = unasync.NAME_PAIRS

    assert {pairs.get(name) for name in waiting.__all__} - {None} <= set(waiting.__all__)


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-S", str(TOOL), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_runs_by_path_for_any_package(tmp_path: Path) -> None:
    """A third party's package gets its twins, files in folders included, without openpower on the path."""
    package = tmp_path / "theirs" / "_async"
    package.mkdir(parents=True)
    (package / "client.py").write_text("class AsyncClient:\n    async def get(self) -> int: ...\n")
    (tmp_path / "theirs" / "_async_base.py").write_text("async def f() -> None: ...\n")

    done = _run(tmp_path)

    assert done.returncode == 0, done.stderr
    written = (tmp_path / "theirs" / "_sync" / "client.py").read_text()
    assert written.startswith("# Generated from client.py by")
    assert "do not edit" in written.splitlines()[0]
    assert "class Client:" in written
    assert (tmp_path / "theirs" / "_sync_base.py").exists()


def test_check_names_what_is_stale(tmp_path: Path) -> None:
    """--check passes on fresh twins, fails on changed ones and orphans, naming each, and writes nothing."""
    source, twin = tmp_path / "_async.py", tmp_path / "_sync.py"
    source.write_text("async def f() -> None: ...\n")
    _run(tmp_path)

    assert _run("--check", tmp_path).returncode == 0
    before = twin.read_text()
    source.write_text("async def g() -> None: ...\n")
    stale = _run("--check", tmp_path)
    assert (stale.returncode, "_sync.py: stale" in stale.stderr) == (1, True)
    assert twin.read_text() == before
    source.unlink()
    orphan = _run("--check", tmp_path)
    assert (orphan.returncode, "its source is gone" in orphan.stderr) == (1, True)
