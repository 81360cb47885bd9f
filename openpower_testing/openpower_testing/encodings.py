"""Texts within texts: what is written in a text as JSON, a URL, HTML, hexadecimal or base64.

The opposite, a pattern for a known value in all these forms, is :func:`openpower_core.secrets.disguises`.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeGuard
from urllib.parse import quote_plus, unquote_plus

DEPTH: Final = 4
"""How many encodings within each other are undone."""


PAIR: Final = re.compile(r"(^|[?&;\s\"'])([A-Za-z][\w.-]*)(=|\"\s*:\s*\"?)([^&#\s\"'<>;,{}\[\]]+)")
"""A parameter, ``key=value``, or what is left of JSON that is damaged, ``"key": value``."""
RUN: Final = re.compile(r"[A-Za-z0-9+/_%-]{8,}={0,2}")


def pairs(text: str) -> Iterator[tuple[str, Any]]:
    """Every key with a value that is no object: of JSON, or of parameters."""
    document = loaded(text)
    if document is not None:
        yield from _leaves(document, "")
    else:
        yield from ((pair[2], unquote_plus(pair[4])) for pair in PAIR.finditer(text))


def _leaves(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if is_object(value):
        for name, each in value.items():
            yield from _leaves(each, name)
    elif is_array(value):
        for each in value:
            yield from _leaves(each, key)
    else:
        yield key, value


def decoded_all(text: str) -> Iterator[str]:
    """A text, and every text that is encoded in it."""
    seen, found = {text}, [text]
    for _ in range(DEPTH + 1):
        yield from found
        found = [each for outer in found for each in dict.fromkeys(_decoded(outer)) if each not in seen]
        seen.update(found)


def _decoded(text: str) -> Iterator[str]:
    """Every text that is encoded in a text once."""
    document = loaded(text)
    if document is not None:
        yield from (each for _, each in _leaves(document, "") if isinstance(each, str))
        return
    yield html.unescape(text)
    yield unquote_plus(text)
    yield _ESCAPE.sub(lambda found: _unescaped(found[0]), text)
    for run in RUN.findall(text):
        for part in {run, *run.split("/")}:
            yield from (plain for decode, _ in CODINGS if (plain := decode(part)) is not None)


_ESCAPE: Final = re.compile(r'(?:\\u[0-9a-fA-F]{4})+|\\["\\/bfnrt]')
"""JSON's; those of \\u together, since two may be one character."""


def _unescaped(escapes: str) -> str:
    text: str = json.loads(f'"{escapes}"')
    return text


def loaded(text: str) -> Any:
    """A JSON object or list; None for anything else."""
    if text.lstrip("\ufeff \t\r\n")[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return None


def _of_base64(run: str) -> str | None:
    plain = run.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return _readable(base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True))
    except binascii.Error:
        return None


def _to_base64(text: str, run: str) -> str:
    encode = base64.urlsafe_b64encode if re.search("[-_]", run) else base64.b64encode
    encoded = encode(text.encode("utf-8", "surrogatepass")).decode()
    return encoded if run.endswith("=") or len(run) % 4 == 0 else encoded.rstrip("=")


def _of_hex(run: str) -> str | None:
    try:
        return _readable(bytes.fromhex(run))
    except ValueError:
        return None


def _to_hex(text: str, _: str) -> str:
    return text.encode("utf-8", "surrogatepass").hex()


def _of_url(run: str) -> str | None:
    return unquote_plus(run) if "%" in run else None


def _to_url(text: str, _: str) -> str:
    return quote_plus(text)


def _readable(data: bytes) -> str | None:
    """The text that bytes are; None if they are none."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else text


_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


CODINGS: Final[tuple[tuple[Callable[[str], str | None], Callable[[str, str], str]], ...]] = (
    (_of_hex, _to_hex),
    (_of_base64, _to_base64),
    (_of_url, _to_url),
)


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a value is a JSON object."""
    return isinstance(value, dict)


def is_array(value: Any) -> TypeGuard[list[Any]]:
    """Whether a value is a JSON list."""
    return isinstance(value, list)
