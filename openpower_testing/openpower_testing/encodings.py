"""Texts within texts: how a value is written in JSON, URLs, HTML, hexadecimal and base64, and what is written so in a text."""

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
_LEAST_BASE64: Final = 4
"""Letters of base64 that are worth looking for."""


# One value in all its disguises


def disguises(value: str) -> re.Pattern[str]:
    """Find a text as it is, escaped (JSON, HTML, URL, also several times), in hexadecimal, and inside any base64."""
    return re.compile("|".join([escaped(value), _hexadecimal(value), *_base64s(value)]), re.IGNORECASE)


_SHORT_ESCAPES: Final = {'"': '"', "\\": r"\\", "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_NAMED: Final = {each: html.escape(each)[1:-1] for each in '&<>"'}


def escaped(value: str) -> str:
    """A pattern for a text, each of its characters as it is or escaped."""
    return "".join(map(_escapes, value))


def _escapes(char: str) -> str:
    """One character, however it is escaped: several backslashes are JSON in JSON, %25 is a URL in a URL."""
    units = char.encode("utf-16-be", "surrogatepass")
    as_json = "".join(rf"\\+u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
    as_url = "".join(f"%(?:25)*{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
    as_html = rf"&#(?:0*{ord(char)}|x0*{ord(char):x});"
    ways = [re.escape(char), as_json, as_url, as_html]
    if char in _SHORT_ESCAPES:
        ways.append(rf"\\+{_SHORT_ESCAPES[char]}")
    if char in _NAMED:
        ways.append(f"&{_NAMED[char]};")
    if char == " ":
        ways.append(r"\+")
    if char in "+/":
        ways.append("[-_]")  # the other alphabet of base64
    return f"(?:{'|'.join(ways)})"


def _hexadecimal(value: str) -> str:
    return "[:-]?".join(f"{byte:02x}" for byte in value.encode("utf-8", "surrogatepass"))


def _base64s(value: str) -> Iterator[str]:
    """What of a value's base64 does not depend on what stands before and behind it, for each of the three alignments."""
    data = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        if last - first >= _LEAST_BASE64:
            yield escaped(encoded[first:last])


# Texts in texts

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
