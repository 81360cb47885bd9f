"""``openpower doctor`` and ``emulate``: is everything well, and a vendor to try things on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from cyclopts import Parameter, validators

from openpower.cli.checkup import Finding, check_home, check_installation
from openpower.cli.output import is_terminal, print_json, print_lines
from openpower.cli.screen import print_labelled
from openpower.cli.target import PLAIN, Common, connect_to
from openpower_core.errors import Unsupported
from openpower_core.registry import emulator_of, load

__all__ = ["doctor", "emulate"]

_MARKS = {True: "ok", False: "FAIL", None: "note"}
_STYLES = {"ok  ": "green", "FAIL": "bold red", "note": "dim"}


def doctor(
    name: str | None = None,
    /,
    *,
    minutes: Annotated[float, Parameter(validator=validators.Number(gte=0))] = 2.0,
    common: Common = PLAIN,
) -> int:
    """Check the installation and, with NAME, that home: clock, limits, and signs over a few minutes.

    What it prints holds no secret and no whole serial number, so it can be pasted into a report.

    Args:
        name: a profile or a provider; without one, only the installation is checked.
        minutes: how long to watch the home's flows for a wrong sign; 0 looks once (default: 2).
    """
    show = _collect if common.json else _show
    findings = show(check_installation())
    if name is not None or common.profile is not None:
        target, connection = connect_to(name, common)
        with connection:
            findings += show(check_home(connection, target.provider, minutes=minutes, tell=_telling(common)))
    if common.json:
        print_json({"findings": [each.as_data() for each in findings]})
    return 1 if any(each.well is False for each in findings) else 0


def _collect(findings: Iterable[Finding]) -> list[Finding]:
    return list(findings)


def _show(findings: Iterable[Finding]) -> list[Finding]:
    """Print each finding as soon as it is there."""
    shown: list[Finding] = []
    for each in findings:
        print_labelled([(f"{_MARKS[each.well]:<4}", f"{each.what}: {each.words}")], styles=_STYLES)
        sys.stdout.flush()
        shown.append(each)
    return shown


def _telling(common: Common) -> Callable[[str], None]:
    """What shows on a terminal that something takes a while."""

    def tell(text: str) -> None:
        if not common.json and is_terminal():
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()

    return tell


def emulate(
    provider: str,
    /,
    *,
    port: int = 0,
    minutes: Annotated[float | None, Parameter(validator=validators.Number(gt=0))] = None,
) -> None:
    """Serve a provider's emulator on this machine: the vendor's API over a simulated house.

    Args:
        provider: the provider, such as alphaess.
        port: the port to listen on (default: a free one).
        minutes: how long to serve (default: until ctrl-C).
    """
    spec = load(provider)
    serve = emulator_of(spec)
    if serve is None:
        raise Unsupported(f"{spec.title} has no emulator.", feature="emulator", provider=spec.name)
    with serve(port=port) as served:
        print_lines(_announcement(provider, spec, served.url, served.options))
        sys.stdout.flush()
        _serve(minutes)


def _announcement(provider: str, spec: Any, url: str, options: dict[str, Any]) -> list[str]:
    """How to reach it; these credentials open nothing but the emulator, so they are shown whole."""
    variables = {each.name: each.variable(spec.name) for each in spec.credentials}
    exports = [f"export {variables[name]}={value}" for name, value in options.items() if name in variables]
    settings = " ".join(f"-O {name}={value}" for name, value in options.items() if name not in variables)
    return [
        f"{spec.title} emulator at {url} (a simulated house; ctrl-C stops it)",
        "In another terminal:",
        *(f"  {line}" for line in exports),
        f"  openpower status {provider} {settings}".rstrip(),
    ]


def _serve(minutes: float | None) -> None:
    end = None if minutes is None else time.monotonic() + minutes * 60
    while end is None or time.monotonic() < end:
        time.sleep(0.2)
