"""Broken providers: each is a healthy one with one small mistake, and names the one check that has to find it.

The tables are in ``mutants_*.py``, one per healthy provider. A mutant changes the source of a copy, in which the blocking
twins are then generated as an author would do it, so both flavours have the mistake. An edit is either a pair of texts,
old and new, or code that is appended to a module and replaces what the module defined before.

``nox -s mutants`` runs every check on every mutant in both flavours and prints
which checks find which mutants; arguments are the names of mutants, instead of all.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import runpy
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Generator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from textwrap import dedent

from attrs import field, frozen

from openpower_core.registry import loading
from openpower_testing import Conformance, run, unasync
from openpower_testing.checks import CHECKS
from openpower_testing.enrolment import Outcome, Result

ROOT = Path(__file__).resolve().parents[2]
FLAVOURS = ("sync", "async")
Edit = str | tuple[str, str] | list["Edit"]


@frozen(kw_only=True)
class Subject:
    """A healthy provider."""

    provider: str
    package: Path
    enrolment: Path
    """The file whose :class:`Conformance` enrols it."""
    kind: str = ""
    """The name of that class, if there are several."""

    @contextmanager
    def installed(self, edits: Mapping[str, Edit]) -> Generator[Conformance]:
        """A copy with some edits, importable and known by its name as long as the block lasts."""
        name = self.package.name
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / name
            shutil.copytree(self.package, copy, ignore=shutil.ignore_patterns("__pycache__"))
            for file, edit in edits.items():
                _edit(copy / file, edit)
            if not entry_points(group=loading.GROUP, name=self.provider):
                _metadata(Path(folder), name, self.provider)
            with _importing_from(folder, name):
                loading._loaded.pop(self.provider, None)
                yield self._enrolled()
                loading._loaded.pop(self.provider, None)

    def _enrolled(self) -> Conformance:
        found = runpy.run_path(str(self.enrolment)).values()
        (kind,) = [
            each
            for each in found
            if isinstance(each, type)
            and issubclass(each, Conformance)
            and each != Conformance
            and self.kind in ("", each.__name__)
        ]
        enrolled: Conformance = kind()
        return enrolled


def _edit(path: Path, edit: Edit) -> None:
    if isinstance(edit, list):
        for each in edit:
            _edit(path, each)
        return
    source = path.read_text(encoding="utf-8")
    if isinstance(edit, str):
        source += "\n\n" + dedent(edit)
    else:
        old, new = edit
        if source.count(old) != 1:
            raise ValueError(f"{path.name} contains {source.count(old)} times what the mutant changes: {old!r}")
        source = source.replace(old, new)
    path.write_text(source, encoding="utf-8")
    twin = unasync.twin_of(path)
    if twin is not None:
        twin.write_text(unasync.generate(path), encoding="utf-8")


def _metadata(folder: Path, package: str, provider: str) -> None:
    info = folder / f"{package}_mutant-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}-mutant\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(f"[openpower.providers]\n{provider} = {package}.plugin\n")


@contextmanager
def _importing_from(folder: str, package: str) -> Generator[None]:
    def out() -> dict[str, object]:
        names = [name for name in sys.modules if name.partition(".")[0] == package]
        return {name: sys.modules.pop(name) for name in names}

    before = out()
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(folder)
        out()
        sys.modules.update(before)  # type: ignore[arg-type]


@frozen
class Mutant:
    """One mistake."""

    name: str
    check: str
    """``group.name`` of the check that has to find it."""
    message: str
    """What the failure has to say, so that an author knows what to correct."""
    edits: Mapping[str, Edit] = field(repr=False)
    of: Subject = field(repr=False)


TEMPLATE = Subject(
    provider="acme",
    package=ROOT / "openpower_testing/openpower_testing/template/openpower_acme",
    enrolment=ROOT / "openpower_testing/openpower_testing/template/tests/test_acme.py",
)
"""What ``openpower new-provider`` writes: an inverter, a battery and a meter."""
NORDLYS = Subject(
    provider="nordlys",
    package=ROOT / "examples/third_party/openpower_nordlys",
    enrolment=ROOT / "tests/third_party/test_conformance.py",
)
"""The third party's: a retailer."""
POWER = Subject(
    provider="acme", package=ROOT / "tests/support/acme_power", enrolment=ROOT / "tests/support/acme_power/kit.py"
)
"""What the other two lack: history, counters, wall-clock times, and export prices with bands."""
ALPHAESS = Subject(
    provider="alphaess",
    package=ROOT / "providers/alphaess/openpower_alphaess",
    enrolment=ROOT / "tests/conformance/test_alphaess.py",
    kind="TestLegacy",
)
"""A vendor's: commands of several calls."""


def mutants() -> dict[str, Mutant]:
    """All of them, by name."""
    tables = [importlib.import_module(f"mutants_{name}") for name in ("template", "nordlys", "power", "alone", "undo")]
    every: list[Mutant] = [mutant for table in tables for mutant in table.MUTANTS]
    by_name = {each.name: each for each in every}
    assert len(by_name) == len(every), Counter(each.name for each in every).most_common(1)
    return by_name


def tried(
    subject: Subject, edits: Mapping[str, Edit], *checks: str, flavours: tuple[str, ...] = FLAVOURS
) -> list[Result]:
    """Run checks (all, if none is named) on a copy of a provider."""
    with subject.installed(edits) as enrolled:
        return asyncio.run(run(enrolled, checks=checks or None, flavours=flavours))  # type: ignore[arg-type]


def _found(name: str) -> tuple[str, list[Result]]:
    mutant = mutants()[name]
    return name, [each for each in tried(mutant.of, mutant.edits) if each.outcome is Outcome.FAILED]


def matrix(names: list[str]) -> int:
    """Run every check on mutants in both flavours, and print what finds what; the result is the exit status."""
    every = mutants()
    missed: list[str] = []
    finds = Counter[str]()
    with ProcessPoolExecutor(os.cpu_count(), max_tasks_per_child=8) as pool:
        for name, failed in pool.map(_found, names or every):
            mutant, flavours = every[name], {result.flavour for result in failed if result.check == every[name].check}
            finds.update({result.check for result in failed})
            if not ("both" in flavours or flavours >= set(FLAVOURS)):
                missed.append(f"{name}: {mutant.check} finds it in {', '.join(flavours) or 'neither flavour'}")
            others = sorted({result.check for result in failed} - {mutant.check})
            _say(f"{name:42} {mutant.check if flavours else 'MISSED'}", *(f"{'':42} {check}" for check in others))
    idle = ", ".join(check for check in CHECKS if not finds[check])
    _say(f"\n{len(names or every)} mutants; checks that find none of them: {idle or 'none'}", *missed)
    return int(bool(missed))


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(matrix(sys.argv[1:]))
