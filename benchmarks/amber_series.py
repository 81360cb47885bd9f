"""Amber's series through the whole client, beside ``orjson.loads`` and the vendor's own library.

    python benchmarks/amber_series.py

The answers are those of ``series.py``: a year of 5-minute data for two channels, 210,240 records in 53 answers. A
stand-in for the network hands them out, so that what is measured is what the client does with them: HTTP,
limits, decoding, the check of days, and joining. The vendor's library (``amberelectric``, not installed with
this project) is given the same text, without any HTTP; it does one week, being what it is.

Memory is the peak of a process of its own (its resident set) that walks a year with the generator.

What was tried besides what ``series.py`` tells, for a hot weekly answer of usage (its decoding: 5.1 ms): the check
that each record belongs to the days asked for takes 0.5 ms by a function per record and 0.3 ms as one
comprehension (kept); handing records on through one generator takes 0.2 ms, through one in another 0.3 ms, so the
list form joins whole pages.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
from _measure import report
from series import answers

from openpower_amber import Amber
from openpower_core.clock import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
MEMORY_MB = 60
SDK_TIMES = {"Usage": 20, "ActualInterval": 100}


def client(contents: Sequence[bytes]) -> Amber:
    """A client to which the answers come one after the other, again and again."""
    turn = {"next": 0}

    def answer(_request: httpx.Request) -> httpx.Response:
        content = contents[turn["next"] % len(contents)]
        turn["next"] += 1
        return httpx.Response(200, content=content, headers={"Content-Type": "application/json"})

    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    return Amber("psk_none", "SITE", transport=httpx.MockTransport(answer), clock=clock)


def once(work: Callable[[], object]) -> float:
    """Seconds of one turn; the collector has just run, and is on, for all alike."""
    gc.collect()
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def walk(api: Amber, kind: str) -> None:
    """Take a year through the generator."""
    found: Any = api.iter_usage if kind == "Usage" else api.iter_prices
    count = sum(1 for _ in found(FIRST, LAST))
    assert count == 210_240, count


def sdk(kind: str) -> Callable[[bytes], object] | None:
    """The vendor's library, if it is there."""
    try:
        from amberelectric.models import Interval, Usage
    except ImportError:
        return None
    model = Usage if kind == "Usage" else Interval
    return lambda content: [model.from_dict(row) for row in json.loads(content)]


def speed(kind: str) -> bool:
    """Compare a year through the client with orjson, and a week with the vendor's library."""
    contents = answers(kind)
    api = client(contents)
    turns = [(once(lambda: [orjson.loads(each) for each in contents]), once(lambda: walk(api, kind))) for _ in range(3)]
    base, ours = min(t[0] for t in turns), min(t[1] for t in turns)
    passed = report(f"a year of {kind} by the generator / orjson.loads", base, ours, limit=1.5)
    return passed and beside_sdk(kind, contents[0])


def beside_sdk(kind: str, content: bytes) -> bool:
    """Compare one weekly answer with the vendor's library."""
    slow = sdk(kind)
    if slow is None:
        print("  amberelectric is not installed: pip install amberelectric")
        return True
    api = client([content])
    read: Any = api.get_usage if kind == "Usage" else api.get_prices
    week = FIRST, date(2025, 1, 7)
    read(*week)
    ours = min(once(lambda: read(*week)) for _ in range(5))
    theirs = min(once(lambda: slow(content)) for _ in range(2))
    title = f"  a week of {kind}, ours / amberelectric (at least {SDK_TIMES[kind]} times faster)"
    return report(title, theirs, ours, limit=1 / SDK_TIMES[kind])


def memory() -> bool:
    """Compare the peak of a process that walks a year with what is allowed."""
    with tempfile.TemporaryDirectory() as folder:
        for week, content in enumerate(answers("Usage")):
            (Path(folder) / f"{week:02}.json").write_bytes(content)
        command = [sys.executable, __file__, folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    before, peak = (float(word) for word in done.stdout.split())
    verdict = "ok" if peak <= MEMORY_MB else "TOO MUCH"
    print(f"a year by the generator: {peak:.0f} MB at the peak, {before:.0f} MB of it the program")
    print(f"  (limit {MEMORY_MB} MB) {verdict}")
    return peak <= MEMORY_MB


def walk_alone(folder: Path) -> None:
    """Walk a year in this process, and print its memory (MB) before and at its peak."""
    api = client(_Files(sorted(folder.iterdir())))
    before = peak_mb()
    walk(api, "Usage")
    print(before, peak_mb())


def peak_mb() -> float:
    """The most memory that this process has held (Linux; ``getrusage`` counts its parent's as well)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


class _Files(Sequence[bytes]):
    """The contents of files, each read when it is its turn, and not kept."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths

    def __getitem__(self, index: Any) -> Any:
        return self._paths[index].read_bytes()

    def __len__(self) -> int:
        return len(self._paths)


def main() -> int:
    """Compare all; 1 when something is out of its limit."""
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        walk_alone(Path(sys.argv[1]))
        return 0
    passed = [speed(kind) for kind in SDK_TIMES]
    passed.append(memory())
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
