"""Amber's series through the whole client, beside a stream of ``orjson.loads`` and the vendor's own library.

    python benchmarks/amber_series.py

The answers are those of ``series.py``: a year of 5-minute data for two channels, 210,240 records in 53 answers. A
stand-in for the network hands them out, so that what is measured is what the client does with them: HTTP, limits,
decoding, the check of days, and joining. The baseline streams as well: it decodes one answer, hands out its rows and
drops it before the next. The vendor's library (``amberelectric``) is given the same text, without any HTTP; it does
one week.

Memory is the peak of a process of its own (its resident set) that walks a year with the generator.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
from _measure import report
from series import LIMIT, answers, beside_sdk, medians

from openpower_amber import Amber
from openpower_core.clock import ManualClock

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
MEMORY_MB = 60


def client(contents: Sequence[bytes]) -> Amber:
    """A client that gets the responses one after the other, repeatedly."""
    places = itertools.count()

    def answer(_request: httpx.Request) -> httpx.Response:
        content = contents[next(places) % len(contents)]
        return httpx.Response(200, content=content, headers={"Content-Type": "application/json"})

    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    return Amber("psk_none", "SITE", transport=httpx.MockTransport(answer), clock=clock)


def walk(api: Amber, kind: str) -> None:
    """Take a year through the generator."""
    found: Any = api.iter_usage if kind == "Usage" else api.iter_prices
    count = sum(1 for _ in found(FIRST, LAST))
    assert count == 210_240, count


def stream(contents: Sequence[bytes]) -> None:
    """Take a year of rows out of the same answers, with nothing between the bytes and the rows."""
    count = sum(1 for row in (row for content in contents for row in orjson.loads(content)))
    assert count == 210_240, count


def speed(kind: str) -> bool:
    """Compare a year through the client with a stream of ``orjson.loads``, and a week with the vendor's library."""
    contents = answers(kind)
    api, weekly = client(contents), client(contents[:1])
    taken = medians({"orjson": lambda: stream(contents), "ours": lambda: walk(api, kind)})
    passed = report(f"a year of {kind} by the generator / orjson.loads", taken["orjson"], taken["ours"], limit=LIMIT)
    read: Any = weekly.get_usage if kind == "Usage" else weekly.get_prices
    title = f"  a week of {kind}, ours / amberelectric"
    return beside_sdk(title, contents[0], lambda: read(FIRST, date(2025, 1, 7)), kind) and passed


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
    """The peak memory of this process (Linux; ``getrusage`` includes its parent's)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


class _Files(Sequence[bytes]):
    """The contents of files, each read when needed, and not kept."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths

    def __getitem__(self, index: Any) -> Any:
        return self._paths[index].read_bytes()

    def __len__(self) -> int:
        return len(self._paths)


def main() -> int:
    """Compare all; 1 if a limit is exceeded."""
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        walk_alone(Path(sys.argv[1]))
        return 0
    passed = [speed(kind) for kind in ("Usage", "ActualInterval")]
    passed.append(memory())
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
