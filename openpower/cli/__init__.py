"""The ``openpower`` command; needs the extra ``cli``, and says so where it is not installed."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_MISSING = """\
openpower: the command line is an extra that is not installed (no module named {name!r}).
Install it with: pip install "openpower[cli]>=0.2"
"""


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Run the command line, and leave with its exit code."""
    import sys
    from importlib.machinery import PathFinder

    for name in ("cyclopts", "rich"):
        # Looked for, not imported: the menu needs neither, and both take longer to load than it takes to print.
        if PathFinder.find_spec(name) is None:
            sys.stderr.write(_MISSING.format(name=name))
            raise SystemExit(2)
    try:
        from openpower.cli.app import run

        code = run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:  # while the modules were still loading
        code = 130
    raise SystemExit(code)
