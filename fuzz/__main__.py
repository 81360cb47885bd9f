"""``python -m fuzz``: every property with Hypothesis, then, where it is installed, with atheris.

The decoders run until they have decoded ``--calls`` times, the others for a share of the time that this took.
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings

CALLS_PER_EXAMPLE = 5 * 70
"""Of both decoders together: two and three times as many as there are record classes."""
FOUND = Path(__file__).parent / "found"
"""Where atheris leaves the inputs that failed; not committed."""
SCRUBBER = Path(__file__).parents[1] / "tests" / "core" / "testing" / "test_scrubbing.py"


def properties() -> dict[str, Callable[..., Any]]:
    """All of them by name; those of the scrubber are tests as well.

    Imported here, so that atheris can have instrumented what they import.
    """
    from fuzz import arguments, connections, decoders

    spec = importlib.util.spec_from_file_location("test_scrubbing", SCRUBBER)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(SCRUBBER)
    scrubber = importlib.util.module_from_spec(spec)
    sys.modules["test_scrubbing"] = scrubber
    spec.loader.exec_module(scrubber)
    found = [decoders.decode, decoders.decode_bytes, connections.answers, connections.registers]
    found += [arguments.times, arguments.options, arguments.schedules, arguments.schedule_documents, arguments.control]
    found += [scrubber.test_a_known_secret_never_survives, scrubber.test_a_private_value_never_survives]
    return {each.__name__: each for each in found}


def decoded() -> int:
    """How often something was decoded so far."""
    from fuzz import decoders

    return decoders.calls


def main() -> int:
    """Run them, print what was done, and return how many failed."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--calls", type=int, default=500_000, help="how often to decode")
    parser.add_argument("--examples", type=int, default=1000, help="how many examples of every other property")
    parser.add_argument("--seconds", type=int, default=60, help="how long atheris runs each property")
    parser.add_argument("--atheris", metavar="PROPERTY", help="run one property with atheris, and nothing else")
    options, rest = parser.parse_known_args()
    logging.disable(logging.CRITICAL)
    if options.atheris:
        return _atheris(options.atheris, options.seconds, rest)
    failed = [name for name, check in properties().items() if not _hypothesis(name, check, options)]
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed (it has wheels for CPython 3.11 only): Hypothesis ran alone")
    else:
        failed += [name for name in properties() if not _in_a_process(name, options.seconds)]
    print(f"{decoded():,} decoder calls; failed: {', '.join(failed) or 'none'}")
    return len(failed)


def _hypothesis(name: str, check: Callable[..., Any], options: argparse.Namespace) -> bool:
    began, before = time.monotonic(), decoded()
    try:
        settings(
            max_examples=options.calls // CALLS_PER_EXAMPLE if name.startswith("decode") else options.examples,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        )(check)()
    except Exception as failure:  # noqa: BLE001 - that is what is looked for
        for each in getattr(failure, "exceptions", [failure]):
            print(f"{name}: FAILED {type(each).__name__}: {each}", *getattr(each, "__notes__", ()), sep="\n  ")
        return False
    finally:
        calls = f", {decoded() - before:,} decoder calls" if decoded() > before else ""
        print(f"{name}: {time.monotonic() - began:.0f} s{calls}", flush=True)
    return True


def _in_a_process(name: str, seconds: int) -> bool:
    # libFuzzer ends the process, so each property has one of its own.
    command = [sys.executable, "-m", "fuzz", "--atheris", name, "--seconds", str(seconds)]
    return subprocess.run(command, check=False).returncode == 0


def _atheris(name: str, seconds: int, rest: list[str]) -> int:
    import atheris

    FOUND.mkdir(exist_ok=True)
    with atheris.instrument_imports(
        include=[
            "openpower",
            "openpower_core",
            "openpower_alphaess",
            "openpower_amber",
            "openpower_dayahead",
            "openpower_goodwe",
            "openpower_octopus",
        ]
    ):
        check: Any = properties()[name]
    # Short inputs hold no whole example, so it begins with long ones.
    limits = [
        f"-max_total_time={seconds}",
        "-max_len=8192",
        "-len_control=0",
        "-print_final_stats=1",
        f"-artifact_prefix={FOUND}/",
        *rest,
    ]
    atheris.Setup([sys.argv[0], *limits], check.hypothesis.fuzz_one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
