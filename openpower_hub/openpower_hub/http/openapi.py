"""The OpenAPI 3.1 document of the API, made of its table of endpoints."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final

from openpower_hub.http.endpoints import ROOT, Endpoint
from openpower_hub.http.schema import Schemas, plain

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 has it.",
    "properties": {
        "type": {"type": "string", "description": "urn:openpower:error: and the class, or about:blank."},
        "title": {"type": "string", "description": "The words of the status."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened, in words."},
        "error": {"type": "string", "description": "The class of the error in openpower, such as Unsupported."},
        "hint": {"type": ["string", "null"], "description": "What to do next."},
        "provider": {"type": "string", "description": "The vendor."},
        "vendor_message": {"type": "string", "description": "The vendor's own words."},
        "retry_at": {"type": "string", "format": "date-time"},
        "sent": {
            "enum": ["nothing", "sent", "maybe"],
            "description": "Of an order: whether anything left the hub before it failed.",
        },
        "receipt": {"$ref": "#/components/schemas/ReceiptView"},
    },
    "required": ["type", "title", "status", "detail"],
}
_ERRORS: Final = {
    "401": "Nobody is signed in, or the token is not known.",
    "403": "The caller may not do this, or control is not switched on.",
    "404": "There is no such thing.",
    "421": "The header Host does not name this hub.",
    "422": "A parameter or the body is wrong.",
    "429": "Too often; Retry-After says how long to wait.",
    "default": "Anything else, such as a vendor that does not answer.",
}
_HEADERS: Final = {"ETag": {"description": "The state of the answer.", "schema": {"type": "string"}}}


def document(table: Sequence[Endpoint]) -> dict[str, Any]:
    """The document that describes a table of endpoints."""
    from openpower_hub.history.cells import Cell  # late: it brings the history with it

    schemas = Schemas(Cell=Cell)
    paths: dict[str, Any] = {}
    for each in table:
        paths.setdefault(ROOT + each.path, {})[each.method.lower()] = _operation(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "openpower",
            "version": version("openpower-hub"),
            "description": "The homes that a hub keeps connected. Positive power flows into the house; null is unknown.",
        },
        "paths": paths,
        "components": {
            "schemas": {"Problem": _PROBLEM, **schemas.components},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "openpower run --new-token NAME"},
                "session": {"type": "apiKey", "in": "cookie", "name": "openpower_session"},
            },
        },
    }


def _operation(endpoint: Endpoint, schemas: Schemas) -> dict[str, Any]:
    text = plain(inspect.getdoc(endpoint.call) or "")
    schema = {"type": "string"} if endpoint.answer is None else schemas.of(endpoint.answer)
    answer: dict[str, Any] = {"description": "The answer.", "content": {endpoint.media_type: {"schema": schema}}}
    responses: dict[str, Any] = {"200": answer}
    if endpoint.tagged:
        answer["headers"] = _HEADERS
        responses["304"] = {"description": "Not changed since the state that If-None-Match names."}
    problems = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses |= {status: {"description": words, "content": problems} for status, words in _ERRORS.items()}
    made: dict[str, Any] = {
        "operationId": endpoint.call.__name__.strip("_"),
        "summary": text.partition(". ")[0].rstrip("."),
        "description": text,
        "security": [{"token": []}, {"session": []}, *([{}] if endpoint.right == "read" else [])],
        "parameters": [
            {
                "name": each.name,
                "in": each.where,
                "required": each.where == "path",
                "description": each.text,
                "schema": each.schema,
            }
            for each in endpoint.parameters
        ],
        "responses": responses,
    }
    if endpoint.body is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": endpoint.body()}}}
    return made
