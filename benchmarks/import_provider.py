"""One named provider found and loaded beside 150 installed distributions: at most 1.7 times importing it directly.

    python benchmarks/import_provider.py

The distributions are fakes of usual size, each with entry points of its own, on a path of their own. What was
tried: ``importlib.metadata.entry_points()`` reads and parses every one of them, and its own import costs as
much again; the scan opens each ``entry_points.txt`` and parses only those that mention one of our groups.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from _measure import compare, report, seconds_in_process

LIMIT = 1.7
DISTRIBUTIONS = 150

_PLUGIN = """
from openpower_core.provider import Credential, ProviderSpec, Role, hookimpl

@hookimpl
def openpower_provider():
    return ProviderSpec(
        name="acme",
        roles=(Role.METER,),
        credentials=(Credential("token", where="https://acme.example"),),
        connect="openpower_acme.home:connect",
    )
"""


def _install(site: Path, name: str, entry_points: str) -> None:
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    description = "A line of the description.\n" * 200
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n\n{description}")
    (info / "entry_points.txt").write_text(entry_points)
    (info / "RECORD").write_text("".join(f"{name}/{each}.py,,\n" for each in range(50)))


def main() -> int:
    """Run the comparison; the result is the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        for number in range(DISTRIBUTIONS):
            _install(site, f"other_{number}", f"[console_scripts]\nother-{number} = other:main\n")
        _install(site, "openpower_acme", "[openpower.providers]\nacme = openpower_acme_plugin\n")
        (site / "openpower_acme_plugin.py").write_text(_PLUGIN)
        direct = seconds_in_process(
            "import openpower_acme_plugin; openpower_acme_plugin.openpower_provider()", path=[folder]
        )
        found = seconds_in_process("from openpower_core.registry import load; load('acme')", path=[folder])
        base, ours = compare(direct, found)
    title = f"found and loaded beside {DISTRIBUTIONS} distributions / imported directly"
    return int(not report(title, base, ours, limit=LIMIT))


if __name__ == "__main__":
    sys.exit(main())
