"""``import openpower`` beside a bare interpreter start: at most 1.5 times as long.

python benchmarks/import_openpower.py
"""

from __future__ import annotations

import sys

from _measure import medians, report, start

LIMIT = 1.5


def main() -> int:
    """Run the comparison; the result is the exit status."""
    base, ours = medians(start("pass"), start("import openpower"), rounds=40)
    return int(not report("import openpower / bare interpreter start", base, ours, limit=LIMIT))


if __name__ == "__main__":
    sys.exit(main())
