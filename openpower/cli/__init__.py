"""The ``openpower`` command; needs the extra ``cli``, and says so where it is absent."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

_MISSING = """\
openpower: the command line is an extra that is not installed (no module named {name!r}).
Install it with: pip install "openpower[cli]"
"""


def main(arguments: "Sequence[str] | None" = None) -> None:
    """Run the command line, and leave with its exit code."""
    import sys

    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if _is_installed():
        _help(arguments)
    try:
        from openpower.cli.app import run
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] not in {"cyclopts", "rich"}:
            raise
        sys.stderr.write(_MISSING.format(name=missing.name))
        raise SystemExit(2) from None
    raise SystemExit(run(arguments))


def _is_installed() -> bool:
    from importlib.machinery import PathFinder

    return all(PathFinder.find_spec(name) for name in ("cyclopts", "rich"))


def _help(arguments: "Sequence[str]") -> None:
    """Print the menu if that is all that is asked for, and leave; nothing heavy is loaded for it."""
    from openpower.cli.menu import asks_for_menu, print_menu
    from openpower.cli.streams import fix_streams

    if not asks_for_menu(arguments):
        return
    fix_streams()
    try:
        print_menu()
    except BrokenPipeError:
        import os
        import sys

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(0)
