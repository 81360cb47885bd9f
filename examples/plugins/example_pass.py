"""A source of credentials: a folder with one file for each, as container secrets and ``pass`` exports are.

``$EXAMPLE_SECRETS/alphaess/app_secret`` holds AlphaESS's ``app_secret``.
"""

from __future__ import annotations

import os
from pathlib import Path

from openpower_core.provider import hookimpl


@hookimpl
def openpower_resolve_credential(provider: str, field: str) -> str | None:
    """Return the file's content, or None if there is no such file."""
    folder = os.environ.get("EXAMPLE_SECRETS")
    if not folder:
        return None
    file = Path(folder) / provider / field
    return file.read_text(encoding="utf-8").strip() if file.is_file() else None
