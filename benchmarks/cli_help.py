"""``openpower --help`` beside a bare interpreter start: at most 15 times as long.

python benchmarks/cli_help.py
"""

from __future__ import annotations

import sys

from _measure import compare, report, start

LIMIT = 15

HELP = """
import contextlib, io
from openpower.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(["--help"])
assert not [name for name in sys.modules if name.startswith("openpower_") and name != "openpower_core"
            and not name.startswith("openpower_core.")], "a provider was imported"
"""


def main() -> int:
    """Run the comparison; the result is the exit status."""
    base, ours = compare(start("pass"), start("import sys\n" + HELP), rounds=15)
    return int(not report("openpower --help / bare interpreter start", base, ours, limit=LIMIT))


if __name__ == "__main__":
    sys.exit(main())
