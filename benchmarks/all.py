"""Runs every benchmark, and lists those that exceed their limits.

python benchmarks/all.py [--json]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run them all; 1 if one exceeds a limit or fails."""
    here = Path(__file__)
    others = sorted(path for path in here.parent.glob("*.py") if path != here and path.name[0] != "_")
    failed: list[str] = []
    for path in others:
        print(f"# {path.name}", flush=True)
        done = subprocess.run([sys.executable, path, *sys.argv[1:]], check=False)
        if done.returncode:
            failed.append(path.name)
    print(f"# limits exceeded: {', '.join(failed) or 'none'}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
