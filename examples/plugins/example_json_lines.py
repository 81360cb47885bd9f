"""A sink: every reading, and the receipt of every write, as a line of JSON.

The file is named by ``EXAMPLE_JSON_LINES``; without it nothing is written.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openpower_core.convert import to_dict
from openpower_core.provider import hookimpl, mask

if TYPE_CHECKING:
    from openpower_core.provider import DeviceInfo
    from openpower_core.readings import Reading
    from openpower_core.writes import Receipt


@hookimpl
def openpower_reading(device: DeviceInfo, reading: Reading) -> None:
    """Add a reading."""
    _append({"device": mask(device.id), "reading": to_dict(reading)})


@hookimpl
def openpower_after_write(device: DeviceInfo, receipt: Receipt) -> None:
    """Add a receipt."""
    line = {"device": mask(device.id), "operation": receipt.operation, "state": receipt.state}
    _append(line)


def _append(line: dict[str, Any]) -> None:
    if file := os.environ.get("EXAMPLE_JSON_LINES"):
        with Path(file).open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
