"""From templates to responses: their environment, what browsers may load, compression, and forms."""

from __future__ import annotations

import gzip
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from openpower_hub.http import auth
from openpower_hub.page import picture, static, words
from openpower_hub.page.live import width

CSP: Final = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

TEMPLATES: Final = Environment(
    loader=PackageLoader("openpower_hub.page"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
cast("dict[str, Any]", TEMPLATES.globals).update(
    {
        "static": static.url,
        "curves": picture.CURVES,
        "idle_curves": picture.IDLE_CURVES,
        "centres": picture.CENTRES,
        "width": width,
        "words": words,
    }
)


def html(request: Request, template: str, *, status: int = 200, **content: Any) -> Response:
    """A page or a part of it."""
    about = {
        "caller": auth.caller(request),
        "csrf": auth.csrf_token(request),
        "tokens": bool(request.app.state.hub.config.http.tokens),
    }
    text = TEMPLATES.get_template(template).render(**(about | content))
    # "no-referrer" would make browsers say "Origin: null" of this page's own forms.
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": CSP, "Referrer-Policy": "same-origin"}
    return packed(request, Response(text, status, headers, media_type="text/html"))


def packed(request: Request, response: Response) -> Response:
    """The same, compressed where whoever asks unpacks it."""
    response.headers["Vary"] = "Accept-Encoding"
    if static.takes_gzip(request):
        response.body = gzip.compress(bytes(response.body), 6)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form, of which browsers make ``name=value&…``; the gate bounds its length."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), max_num_fields=50))


def wants_part(request: Request) -> bool:
    """Whether page.js asks, which needs the sheet alone."""
    return request.headers.get("x-part") == "1"
