"""Measures two things side by side in one run, so that other load on the machine affects both alike."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import certifi

__all__ = [
    "alternate",
    "cpu",
    "emulator",
    "medians",
    "open_sockets",
    "quick_server",
    "report",
    "seconds_in_process",
    "standin",
    "start",
]

Measure = Callable[[], float]


def start(code: str, *, path: Sequence[str] = ()) -> Measure:
    """Measure a whole interpreter's life that runs the code (seconds)."""
    timed = (
        "import subprocess, sys, time; begin = time.perf_counter(); "
        "subprocess.run([sys.executable, '-c', sys.argv[1]], check=True); "
        "print(time.perf_counter() - begin)"
    )
    return lambda: _run([sys.executable, "-S", "-c", timed, _with_path(code, path)])


def cpu(code: str) -> Measure:
    """Measure the processor time of a whole interpreter's life that runs the code (seconds)."""
    # httpx imports its command line where click is installed, which a program that reads a battery does not need.
    timed = (
        "import resource, subprocess, sys; code = 'import sys; sys.modules[\"click\"] = None\\n' + sys.argv[1]; "
        "subprocess.run([sys.executable, '-c', code], check=True); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); print(used.ru_utime + used.ru_stime)"
    )
    return lambda: _run([sys.executable, "-S", "-c", timed, code])


def seconds_in_process(code: str, *, setup: str = "", path: Sequence[str] = ()) -> Measure:
    """Measure the code in a fresh interpreter, its start and the set-up not counted (seconds)."""
    timed = f"import time\n{setup}\nbegin = time.perf_counter()\n{code}\nprint(time.perf_counter() - begin)"
    return lambda: _run([sys.executable, "-c", _with_path(timed, path)])


def medians(base: Measure, ours: Measure, *, rounds: int = 15) -> tuple[float, float]:
    """Alternate, and return the median of each.

    The first round is not counted: it writes the compiled modules.
    """
    base(), ours()
    pairs = [(base(), ours()) for _ in range(rounds)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def alternate(
    base: Callable[[], object],
    ours: Callable[[], object],
    *,
    rounds: int = 2000,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[float, float]:
    """Call both alternately within this process, without the garbage collector; return the median of each (seconds).

    With ``time.process_time`` as the clock it is the processor's time, to which other programs add nothing.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.disable()
    try:
        for index in range(rounds):
            for times, call in zip(taken, (base, ours), strict=True):
                begin = clock()
                call()
                if index >= rounds // 10:  # the first ones warm up
                    times.append(clock() - begin)
    finally:
        gc.enable()
    return statistics.median(taken[0]), statistics.median(taken[1])


@contextlib.contextmanager
def quick_server(body: str = '{"code": 200}') -> Iterator[tuple[str, str]]:
    """Run a minimal server in its own process; yield its address without TLS, and with.

    Its certificate is trusted by this process and its children, through ``SSL_CERT_FILE``, beside the usual authorities:
    reading those is part of every cold start.
    """
    certificate = Path(__file__).parent.parent / "tests" / "support" / "localhost.pem"
    with tempfile.TemporaryDirectory() as folder:
        trusted = Path(folder) / "trusted.pem"
        trusted.write_bytes(Path(certifi.where()).read_bytes() + certificate.read_bytes())
        os.environ["SSL_CERT_FILE"] = str(trusted)
        try:
            with _beside(str(Path(__file__).with_name("_server.py")), body) as urls:
                plain, encrypted = urls.split()
                yield plain, encrypted
        finally:
            del os.environ["SSL_CERT_FILE"]


def open_sockets() -> int:
    """Count the sockets that this process has open (Linux)."""
    count = 0
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one of this listing is closed by now
            count += str(link.readlink()).startswith("socket:")
    return count


@contextlib.contextmanager
def emulator() -> Iterator[dict[str, Any]]:
    """Run AlphaESS's emulator in its own process, and yield the arguments of ``connect``."""
    code = (
        "import json, sys; from openpower_alphaess.emulator import serve\n"
        "with serve() as served:\n"
        "    print(json.dumps(served.options), flush=True); sys.stdin.read()"
    )
    with _beside("-c", code) as options:
        yield json.loads(options)


@contextlib.contextmanager
def standin(systems: int) -> Iterator[str]:
    """Run the stand-in for AlphaESS and Amber in its own process, and yield its address."""
    with _beside(str(Path(__file__).with_name("_standin.py")), str(systems)) as url:
        yield url


@contextlib.contextmanager
def _beside(*arguments: str) -> Iterator[str]:
    """Run a server in its own process until the block ends, and yield the line that it prints."""
    with subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


def report(title: str, base: float, ours: float, *, limit: float) -> bool:
    """Print one comparison (as JSON with ``--json``), and return whether the ratio is within its limit."""
    ratio = ours / base
    if "--json" in sys.argv:
        line = {"title": title, "ours_s": ours, "base_s": base, "ratio": ratio, "limit": limit}
        print(json.dumps({**line, "ok": ratio <= limit}))
        return ratio <= limit
    verdict = "ok" if ratio <= limit else "TOO SLOW"
    print(f"{title}: {ours * 1000:.3f} ms / {base * 1000:.3f} ms = {ratio:.2f} (limit {limit:.3g}) {verdict}")
    return ratio <= limit


def _with_path(code: str, path: Sequence[str]) -> str:
    return f"import sys\nsys.path[:0] = {list(path)!r}\n{code}" if path else code


def _run(command: Sequence[str]) -> float:
    # Compiled modules are kept, as they are where people install packages.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return float(done.stdout.split()[-1])
