"""``openpower new-provider``: a working provider to start from."""

from __future__ import annotations

from pathlib import Path

from openpower.cli.output import print_lines
from openpower.cli.scaffold import write_provider

__all__ = ["new_provider"]


def new_provider(name: str, /, *, into: Path | None = None) -> None:
    """Write a working provider to start from: client, devices, emulator, tests.

    Args:
        name: what connect is to call it, such as acme.
        into: the folder to write (default: openpower-NAME, here).
    """
    folder = into or Path(f"openpower-{name}")
    written = write_provider(name, folder)
    print_lines(
        [
            *(str(path) for path in written),
            "",
            "It works as it is, against its own emulator. Try:",
            f"  cd {folder}",
            '  pip install -e ".[emulator]" "openpower-testing" pytest-asyncio',
            "  python -m pytest",
            f"  openpower emulate {name}",
        ]
    )
