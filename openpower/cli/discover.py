"""``openpower discover``: finds devices on the local network, and keeps them as profiles."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import chain, count
from typing import Annotated, Any, Final

from cyclopts import Parameter, validators

import openpower
from openpower import Timeout
from openpower.cli.asking import says_yes
from openpower.cli.changes import spinner
from openpower.cli.home import error_data
from openpower.cli.options import Json
from openpower.cli.output import can_ask, print_error, print_json, print_text, program, show_table
from openpower.cli.profiles import save_profile
from openpower.cli.signals import started
from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.connection import profiles as stored
from openpower_core.convert import to_dict
from openpower_core.errors import to_openpower_error
from openpower_core.registry import load
from openpower_core.registry.loading import discovery_of
from openpower_core.registry.spec import Found


def discover(
    *,
    timeout: Annotated[float, Parameter(validator=validators.Number(gt=0, lte=60))] = 3.0,
    yes: bool = False,
    json: Json = False,
) -> int:
    """Find inverters and other devices on the local network.

    What was found can be kept as a profile, which is asked for; no profile is replaced.

    Args:
        timeout: how many seconds the providers may search, all at the same time (default: 3).
        yes: keep all that is new without asking.
    """
    found, failures = _search(timeout, quiet=json)
    known = stored.profiles()
    fresh = [each for each in found if _profile_of(each, known) is None]
    kept = dict(_keep(fresh, known, yes=yes, ask=not json))
    if json:
        print_json({"found": [to_dict(each) for each in found], "kept": [*kept.values()], "failures": failures})
        return 0 if found else 1
    for failure in failures:
        print_error(f"note: {failure['provider']}: {failure['message']}")
    if not found:
        print_text(
            [
                "Nothing was found. Is this machine in the same network as the device, without a guest network or VPN between?",
                f"New GoodWe dongles answer no search: {program()} login goodwe-local asks for the address (with -O port=502).",
            ]
        )
        return 1
    names = {id(each): kept.get(id(each)) or _profile_of(each, known) or "–" for each in found}
    rows = [
        (each.title, " ".join(f"{key}={value}" for key, value in each.options.items()), names[id(each)])
        for each in found
    ]
    show_table(("device", "address", "profile"), rows)
    return 0


def _search(timeout: float, *, quiet: bool) -> tuple[list[Found], list[dict[str, Any]]]:
    """What every installed provider finds, all at the same time; one that fails or hangs costs the others nothing."""
    found: list[Found] = []
    failures: list[dict[str, Any]] = []
    searches: dict[str, Future[Sequence[Found]]] = {}

    def failed(name: str, error: Exception) -> None:
        made = to_openpower_error(error, provider=name, operation="discovery")
        failures.append({"provider": name, **error_data(made)})

    for info in openpower.providers():
        try:
            search = None if info.denied else discovery_of(load(info.name))
        except Exception as error:  # noqa: BLE001 - a plugin's own code
            failed(info.name, error)
            continue
        if search is not None:
            searches[info.name] = started(partial(search, timeout, SYSTEM_CLOCK))
    end = time.monotonic() + timeout + _GRACE_S
    with spinner("Searching the local network", quiet=quiet):
        for name, future in searches.items():
            try:
                found += future.result(max(0.0, end - time.monotonic()))
            except Exception as error:  # noqa: BLE001 - a plugin's own code
                late = Timeout(f"the search did not end within {timeout + _GRACE_S:g} s.")
                failed(name, error if future.done() else late)
    return found, failures


_GRACE_S: Final = 3.0
"""How much longer than its timeout a search may take."""


def _profile_of(found: Found, known: dict[str, dict[str, Any]]) -> str | None:
    """The profile that already is this device."""
    for name, table in known.items():
        same = all(str(table.get(key)) == value for key, value in found.options.items())
        if same and table.get("provider", name) == found.provider:
            return name
    return None


def _keep(
    fresh: Sequence[Found], known: dict[str, dict[str, Any]], *, yes: bool, ask: bool
) -> Iterator[tuple[int, str]]:
    taken = {*known}
    for each in fresh:
        names = chain([each.provider], (f"{each.provider}-{number}" for number in count(2)))
        name = next(name for name in names if name not in taken)
        if yes or (ask and can_ask() and says_yes(f"Keep {each.title} as the profile {name!r}?")):
            save_profile(name, each.provider, dict(each.options), {})
            taken.add(name)
            yield id(each), name
