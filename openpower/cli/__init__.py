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

    try:
        from openpower.cli.app import run
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] not in {"cyclopts", "rich"}:
            raise
        sys.stderr.write(_MISSING.format(name=missing.name))
        raise SystemExit(2) from None
    raise SystemExit(run(sys.argv[1:] if arguments is None else list(arguments)))
