"""The project's chores: ``nox`` runs lint, types and tests; ``nox -s record`` and ``nox -s unasync`` write files.

Each session works in an environment of its own that ``uv sync`` fills from ``uv.lock``.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False  # an absent interpreter is skipped with a word
nox.options.sessions = ["lint", "types", "tests"]
nox.needs_version = ">=2025.2"

PYTHONS = ["3.11", "3.12", "3.13"]
GENERATOR = "openpower_testing/openpower_testing/unasync.py"
PROVIDERS = sorted(path.parent.name for path in Path("providers").glob("*/pyproject.toml"))
PACKAGES = [
    "openpower",
    "openpower_core/openpower_core",
    "openpower_hub/openpower_hub",
    "openpower_simulation/openpower_simulation",
    "openpower_testing/openpower_testing",
    *(f"providers/{name}/openpower_{name}" for name in PROVIDERS),
]
GENERATED = [*PACKAGES, "examples/third_party/openpower_nordlys", "tests/support/acme_power"]
DISTRIBUTIONS = [
    "openpower_core",
    "openpower_hub",
    "openpower_simulation",
    "openpower_testing",
    *(f"providers/{name}" for name in PROVIDERS),
    ".",
]


def sync(session: nox.Session) -> None:
    """Fill the session's environment with the whole workspace, as locked."""
    session.run_install(
        "uv",
        "sync",
        "--locked",
        "--all-packages",
        "--all-extras",
        "--all-groups",
        f"--python={session.virtualenv.location}",
        env={"UV_PROJECT_ENVIRONMENT": session.virtualenv.location},
        silent=True,
    )


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests, on each Python that there is."""
    sync(session)
    session.run("pytest", *session.posargs)


CORE_TESTS = sorted(str(path) for path in Path("tests/core").glob("test_*.py"))

# What a change in a folder can break, for the quick session: the longest prefix that fits counts.
TOUCHES = {
    "openpower/": ["tests/front_door"],
    "openpower/cli/": ["tests/cli"],
    "openpower_core/openpower_core/": ["tests/core/connection", "tests/core/write/test_devices.py", *CORE_TESTS],
    "openpower_core/openpower_core/convert": ["tests/core/convert", "tests/core/test_records.py"],
    "openpower_core/openpower_core/http/": ["tests/core/http"],
    "openpower_core/openpower_core/registry/": ["tests/core/registry"],
    "openpower_core/openpower_core/write/": ["tests/core/write"],
    "openpower_hub/": ["tests/hub"],
    "openpower_simulation/": ["tests/core/simulation", "tests/core/emulation"],
    "openpower_testing/": ["tests/core/testing", "tests/core/test_unasync.py"],
    **{f"providers/{name}/": [f"tests/{name}"] for name in PROVIDERS},
    "examples/": ["tests/examples"],
}


def changed() -> list[str]:
    """The files that differ from what was committed, and those that are new."""
    listed = ["git", "status", "--porcelain", "--untracked-files=all", "--no-renames"]
    lines = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line[3:] for line in lines if Path(line[3:]).exists()]


@nox.session(venv_backend="none", default=False)
def quick(session: nox.Session) -> None:
    """In under a minute, in the environment that nox runs in: lint, types of what changed, and its package's tests.

    Arguments are files or folders to check instead of what git says has changed.
    """
    files = session.posargs or changed()
    modules = [file for file in files if file.endswith(".py")]
    session.run("python", GENERATOR, *GENERATED)
    session.run("ruff", "check", "--fix", ".")
    session.run("ruff", "format", ".")
    typed = [module for module in modules if any(module.startswith(f"{package}/") for package in PACKAGES)]
    if typed:
        session.run("mypy", *typed)
    tests = {file for file in modules if file.startswith("tests/") and Path(file).name.startswith("test_")}
    for file in files:
        if fitting := [prefix for prefix in TOUCHES if file.startswith(prefix)]:
            tests.update(TOUCHES[max(fitting, key=len)])
    if tests:
        session.run("pytest", "-q", "--no-header", *sorted(tests))


@nox.session(venv_backend="none", default=False)
def fresh(session: nox.Session) -> None:
    """Check that the blocking modules are what the generator makes of the asynchronous ones."""
    session.run("python", GENERATOR, "--check", *GENERATED)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, and that generated code is fresh."""
    sync(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("python", GENERATOR, "--check", *GENERATED)
    session.run("uv", "lock", "--check", external=True)


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of the sources, and of what users write, with mypy and pyright."""
    sync(session)
    session.run("mypy", *PACKAGES, "typing_tests")
    session.run("pyright", "--pythonpath", f"{session.virtualenv.location}/bin/python")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation into ``docs/_build/html``; a warning, a link or an anchor that leads nowhere is an error."""
    sync(session)
    session.run(
        "sphinx-build", "-E", "-W", "-n", "-q", "--keep-going", "-j", "auto", "-b", "html", "docs", "docs/_build/html"
    )


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests and report branch coverage."""
    sync(session)
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-n0", *session.posargs)
    session.run("coverage", "combine", success_codes=[0, 1], silent=True)
    session.run("coverage", "report")


@nox.session
def build(session: nox.Session) -> None:
    """Build every distribution, install the wheels with pip in a fresh environment, and use them."""
    session.install("pip", "uv")
    with tempfile.TemporaryDirectory() as folder:
        session.run("uv", "build", "--all-packages", "--out-dir", folder, silent=True)
        wheels = sorted(str(wheel) for wheel in Path(folder).glob("*.whl"))
        session.run("python", "-m", "pip", "install", "--quiet", *wheels)
    session.run("python", "-c", "import openpower; print(openpower.providers())")
    session.run("openpower", success_codes=[2])  # without the extra it names the line that installs it


@nox.session
def third_party(session: nox.Session) -> None:
    """Build our wheels and a third party's, and install them offline in a fresh environment."""
    sync(session)
    with tempfile.TemporaryDirectory() as folder:
        session.run("uv", "build", "--all-packages", "--wheel", "--out-dir", folder, silent=True, external=True)
        session.run("uv", "build", "--wheel", "--out-dir", folder, "examples/third_party", silent=True, external=True)
        wheels = sorted(str(wheel) for wheel in Path(folder).glob("*.whl"))
        session.install("pip")
        session.run("python", "-m", "pip", "wheel", "--quiet", "--wheel-dir", folder, *wheels)
        session.run("pytest", "-n0", "tests/third_party", env={"OPENPOWER_WHEELS": folder})


@nox.session(default=False)
def interop(session: nox.Session) -> None:
    """Let the vendors' and others' published clients judge the emulators, every call, and contracts by schemathesis.

    Amber's contract is read from the file that ``OPENPOWER_AMBER_CONTRACT`` names; pytest says so if there is none.
    """
    sync(session)
    session.install("--requirement", "tests/interop/requirements.txt")
    session.run("pytest", "-n2", "tests/interop", *session.posargs)


COUNTERPARTS = ("home_assistant", "mosquitto", "prometheus", "page", "node_red", "emhass")


@nox.session(default=False)
def consumers(session: nox.Session) -> None:
    """Run the hub against Home Assistant itself, Mosquitto, Prometheus, a browser, Node-RED and EMHASS.

    Arguments are the names of some of these instead of all, and options of pytest. Each has an environment of its own, which
    is kept; ``tests/consumers/install.py`` installs what is missing.
    """
    sync(session)
    session.install("--requirement", "tests/consumers/requirements/session.txt")
    names = [each for each in session.posargs if each in COUNTERPARTS] or list(COUNTERPARTS)
    options = [each for each in session.posargs if each not in COUNTERPARTS]
    folder = str(Path(".nox/counterparts").resolve())
    session.run("python", "tests/consumers/install.py", folder, *names, external=True)
    files = sorted({str(file) for name in names for file in Path("tests/consumers").glob(f"test_{name}*.py")})
    session.run("pytest", "-n2", *files, *options, env={"OPENPOWER_CONSUMERS": folder})


@nox.session(name="pip", default=False)
def plain_pip(session: nox.Session) -> None:
    """Install from the checkout with plain pip, without uv."""
    session.install("pip")
    session.run("python", "-m", "pip", "install", "--quiet", *(f"./{path}" for path in DISTRIBUTIONS))
    session.run("python", "-c", "import openpower; print(openpower.providers())")


@nox.session(default=False)
def unasync(session: nox.Session) -> None:
    """Write the blocking modules anew from the asynchronous ones."""
    sync(session)
    session.run("python", GENERATOR, *GENERATED)


@nox.session(default=False)
def record(session: nox.Session) -> None:
    """Record the cassettes anew: against the emulators, or with credentials in the environment, live."""
    sync(session)
    session.run("pytest", "--record-mode=rewrite", "-n0", "-m", "vcr", *(session.posargs or ["tests"]))


@nox.session(default=False)
def campaign(session: nox.Session) -> None:
    """Let every fault of every transport meet every operation of every provider, in both flavours.

    Arguments are files of enrolments instead of all; ``CONTRIBUTING.md`` says how long it takes.
    """
    sync(session)
    # The last one is the scaffold's template, which carries the option on to the tests that it generates.
    enrolments = ["tests/conformance", "tests/third_party", "tests/cli/test_scaffold.py"]
    which = "campaign.faults or test_it_passes_its_own_tests"
    session.run("pytest", "-k", which, "--openpower-campaign", "-q", *(session.posargs or enrolments))
    session.run("pytest", "-q", "tests/conformance/test_parts.py", env={"OPENPOWER_PARTS": "300"})


@nox.session(default=False)
def mutants(session: nox.Session) -> None:
    """Run every check of the conformance kit on every broken provider, in both flavours, and print what finds what.

    Arguments are the names of mutants instead of all; it fails when a mutant escapes the check that it names.
    """
    sync(session)
    session.run("python", "tests/conformance/mutants.py", *session.posargs, env={"PYTHONPATH": "tests/support"})


@nox.session(default=False)
def kills(session: nox.Session) -> None:
    """Kill, cancel and confuse writes, at every step and at random, and look whether a release leaves anything."""
    sync(session)
    env = {"OPENPOWER_KILLS": "400", "OPENPOWER_SEQUENCES": "4000"}
    files = [f"tests/core/write/test_{name}.py" for name in ("kill", "interrupted", "machine")]
    session.run("pytest", "-q", *files, "tests/way_back", *session.posargs, env=env)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Kill hub, broker and vendors 100 times in 24 simulated hours; takes 13 minutes. An argument is the seed."""
    sync(session)
    env = {
        "OPENPOWER_SOAK_HOURS": "24",
        "OPENPOWER_SOAK_KILLS": "100",
        "OPENPOWER_SOAK_SEED": "".join(session.posargs) or "1",
    }
    session.run("pytest", "-n0", "-q", "tests/hub/soak", env=env)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Fuzz decoders, connections, what users type and the scrubber; takes ten minutes, with atheris twenty."""
    sync(session)
    session.run("python", "-m", "fuzz", *session.posargs)


@nox.session(default=False)
def benchmarks(session: nox.Session) -> None:
    """Measure everything beside its peer; on a machine that does nothing else meanwhile."""
    sync(session)
    session.install("amberelectric")
    session.run("python", "benchmarks/all.py", *session.posargs)


@nox.session(default=False)
def capabilities(session: nox.Session) -> None:
    """Try every provider with the conformance kit, and write the capability matrix from the report."""
    sync(session)
    with tempfile.TemporaryDirectory() as folder:
        report = f"{folder}/report.json"
        session.run(
            "pytest",
            "-n2",
            "--ignore=tests/conformance/test_mutants.py",
            "-k",
            "test_conforms and not faults and not data",  # they prove no feature
            f"--openpower-report={report}",
            "tests/conformance",
        )
        session.run("python", "-m", "openpower_testing.matrix", report, "docs/reference", "README.md")
