"""One named provider found and loaded beside 150 installed distributions: at most 1.2 times what pluggy takes for it.

    python benchmarks/import_provider.py

The distributions are fakes of usual size, each with entry points of its own, on a path of their own. The other side
calls pluggy's ``load_setuptools_entrypoints`` for the same group and name, and the same hook; ours checks besides that
no other distribution claims the name, and that the specification is one.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from _measure import medians, report, seconds_in_process

LIMIT = 1.2
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


_USUAL = """
import pluggy
from openpower_core.registry import hookspecs
manager = pluggy.PluginManager("openpower")
manager.add_hookspecs(hookspecs)
manager.load_setuptools_entrypoints("openpower.providers", "acme")
assert manager.hook.openpower_provider()[0].name == "acme"
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
        usual = seconds_in_process(_USUAL, path=[folder])
        ours = seconds_in_process("from openpower_core.registry import load; load('acme')", path=[folder])
        base, taken = medians(usual, ours, rounds=30)
    title = f"found and loaded beside {DISTRIBUTIONS} distributions / by pluggy alone"
    return int(not report(title, base, taken, limit=LIMIT))


if __name__ == "__main__":
    sys.exit(main())
