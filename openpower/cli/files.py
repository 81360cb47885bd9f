"""Files that are replaced as a whole: whoever reads one finds the old content or the new, never a part."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

PRIVATE = 0o600


def replace(file: Path, write: Callable[[Path], object], *, mode: int = PRIVATE) -> None:
    """Replace a file by what ``write`` writes to the draft that it is given; if it fails, the file is as it was.

    Args:
        file: the file, in a folder that exists.
        write: writes the draft, which only this user can read.
        mode: who may read the file.
    """
    # The draft is in the same folder, since a file is replaced atomically only within one file system.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    os.close(handle)
    draft = Path(name)
    try:
        write(draft)
        draft.chmod(mode)
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
