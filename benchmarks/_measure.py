"""Measures two things side by side in one run, so that what the machine does meanwhile meets both alike."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence

__all__ = ["compare", "report", "seconds_in_process", "start"]

Measure = Callable[[], float]


def start(code: str, *, path: Sequence[str] = ()) -> Measure:
    """Measure a whole interpreter's life that runs the code (seconds)."""
    timed = (
        "import subprocess, sys, time; begin = time.perf_counter(); "
        "subprocess.run([sys.executable, '-c', sys.argv[1]], check=True); "
        "print(time.perf_counter() - begin)"
    )
    return lambda: _run([sys.executable, "-S", "-c", timed, _with_path(code, path)])


def seconds_in_process(code: str, *, setup: str = "", path: Sequence[str] = ()) -> Measure:
    """Measure the code in a fresh interpreter, its start and the set-up not counted (seconds)."""
    timed = f"import time\n{setup}\nbegin = time.perf_counter()\n{code}\nprint(time.perf_counter() - begin)"
    return lambda: _run([sys.executable, "-c", _with_path(timed, path)])


def compare(base: Measure, ours: Measure, *, rounds: int = 30) -> tuple[float, float]:
    """Take turns, and give the least of each: what it costs when nothing else gets in the way."""
    pairs = [(base(), ours()) for _ in range(rounds)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def report(title: str, base: float, ours: float, *, limit: float) -> bool:
    """Print one comparison, and say whether the ratio is within its limit."""
    ratio = ours / base
    verdict = "ok" if ratio <= limit else "TOO SLOW"
    print(
        f"{title}: {ours * 1000:.2f} ms / {base * 1000:.2f} ms = {ratio:.2f} (limit {limit}) {verdict}"
    )
    return ratio <= limit


def _with_path(code: str, path: Sequence[str]) -> str:
    return f"import sys\nsys.path[:0] = {list(path)!r}\n{code}" if path else code


def _run(command: Sequence[str]) -> float:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])
