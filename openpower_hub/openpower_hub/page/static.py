"""The page's files: each under a name with its hash, for ever, and compressed once."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from attrs import frozen
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER: Final = Path(__file__).with_name("static")
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
"""What is served; other files of the folder, such as NOTICE, are not."""


@frozen(kw_only=True)
class Asset:
    """One file, ready to be sent."""

    name: str
    """With its hash: ``page.3fa9c1d2e4.css``."""
    media_type: str
    content: bytes
    gzipped: bytes


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """All files, by their name in the folder."""
    found: dict[str, Asset] = {}
    for path in sorted(FOLDER.iterdir()):
        if (kind := _TYPES.get(path.suffix)) is None:
            continue
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:10]
        found[path.name] = Asset(
            name=f"{path.stem}.{digest}{path.suffix}",
            media_type=kind,
            content=content,
            gzipped=gzip.compress(content, 9, mtime=0),
        )
    return found


def url(name: str) -> str:
    """Where a file is served."""
    return f"/static/{assets()[name].name}"


async def serve(request: Request) -> Response:
    """Send a file."""
    wanted = request.path_params["name"]
    found = next((each for each in assets().values() if each.name == wanted), None)
    if found is None:
        raise HTTPException(404, "There is no such file.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        return Response(found.gzipped, headers=headers, media_type=found.media_type)
    return Response(found.content, headers=headers, media_type=found.media_type)


def takes_gzip(request: Request) -> bool:
    """Whether whoever asks unpacks gzip."""
    return any(each.split(";")[0].strip() == "gzip" for each in request.headers.get("accept-encoding", "").split(","))
