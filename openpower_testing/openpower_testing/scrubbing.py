r"""What is taken out of a recording before anything is written: known secrets in any encoding, and private values by their keys.

A private value is replaced by one of the same type and length, the same value by the same placeholder throughout a
cassette, so that requests still match. What could not be replaced is a leak: :meth:`Scrubber.check` raises, and nothing
is written.

>>> scrubber = Scrubber(private=["ownerName"])
>>> scrubber.hide("s3cret", "app-secret")
>>> scrubber.text('{"serialNumber": "AL2002321010043", "owner_name": "Jane", "you sent": "s3cr\\u0065t"}')
'{"serialNumber": "AL0000000000001", "owner_name": "XX01", "you sent": "app-secret"}'
"""

from __future__ import annotations

import copy
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final, cast
from urllib.parse import quote_plus, unquote_plus

from openpower_core.secrets import disguises, escaped
from openpower_testing import encodings

KEPT_HEADERS: Final = frozenset({"content-type", "retry-after", "date"})
"""The headers that stay, besides those of rate limits; any other may hold a secret, so none does."""

PRIVATE_KEYS: Final = frozenset(
    [
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "secret",
        "token",
        "auth",
        "authorization",
        "apikey",
        "cookie",
        "session",
        "sessionid",
        "sn",
        "serial",
        "serialno",
        "serialnumber",
        "nmi",
        "meter",
        "meternumber",
        "email",
        "mail",
        "phone",
        "phonenumber",
        "mobile",
        "address",
        "street",
        "postcode",
        "zip",
        "latitude",
        "longitude",
        "lat",
        "lng",
        "lon",
        "user",
        "username",
        "userid",
        "uid",
        "uuid",
        "account",
        "accountid",
    ]
)
"""Keys of JSON, and names of parameters, whose values are private, whatever their case and with ``-``, ``_`` or nothing
between words; also at the end of a longer key (``inverterSN``, ``owner_email``)."""

_ONLY_TEXTS: Final = frozenset({"meter", "address", "session", "user"})
"""Of those, the ones whose numbers mean something else: a meter's power, the address of a register."""
_GLUED: Final = tuple(key for key in PRIVATE_KEYS if len(key) > 4 and key not in {"meter", "street"})
"""Of those, the ones that are recognised at the end of a key without any word boundary (``useremail``)."""
_GLUED_SN: Final = re.compile(
    r".*(device|inverter|sys|system|charger|meter|battery|bms|logger|dongle|gateway|plant)sns?"
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

PLACEHOLDER: Final = re.compile(r"[A-Z]{2}0{6,}\d*")
"""What a placeholder for a serial number looks like: emulators use such ones from the outset."""
_ANY_PLACEHOLDER: Final = re.compile(r"[A-Z]{0,2}0*\d{0,4}")

LEAST: Final = 4
"""A secret has to have so many characters: a shorter one cannot be told from other text."""
_LEAST_LEARNT: Final = 6
"""A private value has to have so many to be looked for beyond its key."""


class Leak(Exception):
    """A secret, or a private value, would have been written."""


# Placeholders


def _like(value: Any, count: int, letters: str) -> Any:
    """Placeholder number ``count`` for a value: of its type and length."""
    if not isinstance(value, str):
        return type(value)(_number_like(repr(value), count))
    if re.search(r"\d", value) and not re.search(r"[^\d\s.,:()+-]", value):
        room = sum(map(str.isdigit, value))
        return _with_digits(value, str(count).rjust(room, "0")[-room:])
    tail = str(count)
    head = letters[: max(0, len(value) - len(tail))]
    room = len(value) - len(head)
    return head + tail.rjust(room, "0")[-room:]


def _number_like(text: str, count: int) -> str:
    """A number that has its digits where the other one has: a one, zeros, and the count."""
    mantissa, exponent, power = text.partition("e")
    zeros = re.match(r"-?[0.]*", mantissa)
    start = zeros.end() if zeros else 0
    room = sum(map(str.isdigit, mantissa[start:]))
    digits = str(count % 9 + 1) if room < 2 else "1" + str(count).rjust(room - 1, "0")[1 - room :]
    return mantissa[:start] + _with_digits(mantissa[start:], digits) + exponent + power


def _with_digits(text: str, digits: str) -> str:
    left = iter(digits)
    return "".join(next(left) if each.isdigit() else each for each in text)


# The scrubber


class Scrubber:
    """Replaces what must not be written.

    Args:
        private: more keys whose values are private, such as those of personal names; see ``scrubbing.PRIVATE_KEYS``.
        replaying: whether what looks like a placeholder is one: a cassette that is loaded holds them already.
    """

    def __init__(self, *, private: Iterable[str] = (), replaying: bool = False) -> None:
        self._private = {_glued(key) for key in private}
        self._replaying = replaying
        self._known: dict[str, tuple[re.Pattern[str], str, str]] = {}
        """What is searched for everywhere: how to find it, what it becomes, and what it is called."""
        self._placeholders: dict[Any, Any] = {}
        self._made = set[Any]()
        self._counts = Counter[tuple[type, int, str]]()
        self._addresses: dict[str, str] = {}

    def pretend(self, address: str, vendors: str) -> None:
        """Write one address (an emulator's) as another (the vendor's)."""
        self._addresses[address.rstrip("/")] = vendors.rstrip("/")

    def hide(self, real: str, placeholder: str) -> None:
        """Write something known, such as a secret, as something else.

        Raises:
            Leak: it is too short to be found in other text.
        """
        if real and len(real) < LEAST:
            raise Leak(
                f"The value of {placeholder!r} has {len(real)} characters, so it cannot be told from other text and "
                f"nothing is recorded. Record with an account whose secrets have at least {LEAST}."
            )
        if real and real != placeholder:
            self._know(real, placeholder, placeholder)

    def private(self, *keys: str) -> None:
        """Name more keys whose values are private."""
        self._private |= {_glued(key) for key in keys}

    def request(self, request: Any) -> Any:
        """The request as it is written and matched (vcrpy's ``before_record_request``)."""
        written = copy.copy(request)
        written.uri = self._uri(request.uri)
        written.headers = {name: self.text(str(value)) for name, value in _kept(request.headers).items()}
        written.body = self._body(request.body)
        return written

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """The response as it is written (vcrpy's ``before_record_response``)."""
        return {
            "status": response["status"],
            "headers": {
                name: [self.text(value) for value in ([values] if isinstance(values, str) else values)]
                for name, values in _kept(response["headers"]).items()
            },
            "body": {"string": self._body(response["body"]["string"]) or b""},
        }

    def text(self, text: str) -> str:
        """Any text without what is private in it."""
        known, once = len(self._known), self._hidden(text, 0)
        # Again, since what comes first may hold what only a later key shows to be private.
        return once if len(self._known) == known else self._hidden(once, 0)

    def check(self, document: Any) -> None:
        """Look through a finished cassette.

        Raises:
            Leak: something private is left in it; the message names the place, and not the value.
        """
        found = list(dict.fromkeys(self.leaks(document)))
        if found:
            raise Leak(
                f"Nothing was recorded, since this would have been written: {'; '.join(found)}. Name the key in "
                "private_keys of the enrolment or recording.scrubber.private(…), or the value in "
                "recording.scrubber.hide(…), and record again."
            )

    def leaks(self, document: Any, place: str = "$") -> Iterator[str]:
        """What is private in a document of texts, mappings and lists: what it is, and where."""
        if encodings.is_object(document):
            for key, value in document.items():
                yield from self._leaks_of_text(str(key), f"a key of {place}")
                yield from self.leaks(value, f"{place}.{key}")
        elif encodings.is_array(document):
            for number, value in enumerate(document):
                yield from self.leaks(value, f"{place}[{number}]")
        elif document is not None:
            yield from self._leaks_of_text(str(document), place)

    def _leaks_of_text(self, text: str, place: str) -> Iterator[str]:
        for each in encodings.decoded_all(text):
            yield from (f"{name} in {place}" for pattern, _, name in self._known.values() if pattern.search(each))
            yield from (
                f"the value of {key!r} in {place}"
                for key, value in encodings.pairs(each)
                if self._is_private(key, value)
            )
            yield from (f"{name} in {place}" for name, shape in _SHAPES.items() if shape.search(each))

    # Texts

    def _uri(self, uri: str) -> str:
        for address, vendors in self._addresses.items():
            if uri.startswith(f"{address}/"):
                uri = vendors + uri.removeprefix(address)
        return self.text(uri)

    def _body(self, body: Any) -> Any:
        if not body:
            return None  # one flavour says None where the other one says b""
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
        return self.text(text).encode("utf-8", "replace")

    def _hidden(self, text: str, depth: int) -> str:
        document = encodings.loaded(text)
        if document is not None:
            written = self._walked(document, "", depth)
            return text if written == document else json.dumps(written)
        text = encodings.PAIR.sub(lambda pair: self._pair(pair, depth), text)
        for name, shape in _SHAPES.items():
            text = shape.sub(partial(self._shaped, name), text)
        if depth < encodings.DEPTH:
            text = encodings.RUN.sub(lambda run: self._recoded(run[0], depth), text)
        # Longest first, so that a value that is a prefix of another one does not leave half of it behind.
        for real in sorted(self._known, key=len, reverse=True):
            pattern, placeholder, _ = self._known[real]
            text = pattern.sub(partial(_in_place, real, placeholder), text)
        return text

    def _walked(self, value: Any, key: str, depth: int) -> Any:
        if encodings.is_object(value):
            return {self._hidden(name, depth + 1): self._walked(each, name, depth) for name, each in value.items()}
        if encodings.is_array(value):
            return [self._walked(each, key, depth) for each in value]
        if self._is_private(key, value):
            return self._placeholder(value, key)
        if isinstance(value, str) and value:
            return self._hidden(value, depth + 1) if depth < encodings.DEPTH else value
        return value

    def _pair(self, pair: re.Match[str], depth: int) -> str:
        before, key, between, value = pair.groups()
        plain = unquote_plus(value)
        written = str(self._placeholder(plain, key)) if self._is_private(key, plain) else plain
        if written == plain and depth < encodings.DEPTH and plain != value:
            written = self._hidden(plain, depth + 1)
        return pair[0] if written == plain else f"{before}{key}{between}{quote_plus(written)}"

    def _shaped(self, name: str, found: re.Match[str]) -> str:
        return str(self._placeholder(found[0], name))

    def _recoded(self, run: str, depth: int) -> str:
        """A run of hexadecimal digits or base64 in which something private was replaced; else the run as it is."""
        for decode, encode in encodings.CODINGS:
            plain = decode(run)
            if plain is not None and (written := self._hidden(plain, depth + 1)) != plain:
                return encode(written, run)
        # A slash is a letter of base64, and it parts the names of a path.
        return run if "/" not in run else "/".join(self._recoded(part, depth) for part in run.split("/"))

    # What is private

    def _is_private(self, key: str, value: Any) -> bool:
        name = _private_name(key, self._private)
        if not name or isinstance(value, bool):
            return False
        is_text = isinstance(value, str) and not value.isspace() and value != ""
        is_number = isinstance(value, int | float) and math.isfinite(value) and name not in _ONLY_TEXTS
        return (is_text or is_number) and not self._is_made(value)

    def _is_made(self, value: Any) -> bool:
        """Whether a value is a placeholder already."""
        if value in self._made or (isinstance(value, str) and PLACEHOLDER.fullmatch(value)):
            return True
        return self._replaying and looks_hidden(value)

    def _placeholder(self, value: Any, key: str) -> Any:
        if self._is_made(value):
            return value
        if value in self._known:
            return self._known[value][1]
        if value in self._placeholders:
            return self._placeholders[value]
        letters = "XX"
        if isinstance(value, str) and _private_name(key, ()) in {"sn", "serial", "serialno", "serialnumber"}:
            letters = (re.sub(r"[^A-Za-z]", "", value).upper() + "XX")[:2]  # providers tell models by them
        kind = (cast("type", type(value)), len(str(value)), letters)
        made = value
        # A few numbers make no good placeholder: the value itself, and those that are written with fewer digits.
        for _ in range(20):
            self._counts[kind] += 1
            made = _like(value, self._counts[kind], letters)
            if made != value and len(str(made)) == len(str(value)):
                break
        self._placeholders[value] = made
        self._made.add(made)
        if len(str(value)) >= _LEAST_LEARNT:
            self._know(str(value), str(made), f"the value of {key!r}")
        return made

    def _know(self, real: str, placeholder: str, name: str) -> None:
        self._made.add(placeholder)
        self._known[real] = (disguises(real), placeholder, name)


def looks_hidden(value: Any) -> bool:
    """Whether a value looks like a placeholder.

    >>> [looks_hidden(each) for each in ("AL0000000000001", "00 0000-0012", -10.0001, "AL2002321010043", 151.2093)]
    [True, True, True, False, False]
    """
    text = re.sub(r"[\s.,:()+-]", "", str(value))
    return bool(_ANY_PLACEHOLDER.fullmatch(text) or re.fullmatch(r"10*\d{1,4}", text))


def _glued(key: str) -> str:
    return re.sub(r"[\W_]", "", key).lower()


def _private_name(key: str, more: Iterable[str]) -> str:
    """Which private key a key is, or ends with; empty if none."""
    glued = _glued(key)
    if glued in more:
        return glued
    words = [each.lower() for each in _WORD.findall(key)]
    ends = ["".join(words[-count:]) for count in (3, 2, 1)]
    for end in (glued, *ends):
        for name in (end, end.removesuffix("s"), end.removesuffix("es")):
            if name in PRIVATE_KEYS or name in more:
                return name
    if _GLUED_SN.fullmatch(glued):
        return "sn"
    return next((name for name in _GLUED if glued.endswith(name)), "")


_SHAPES: Final = {
    "a mail address": re.compile(r"[\w.+-]+@(?!example\.(?:org|com)\b)[\w-]+\.\w[\w.]*"),
    "a JSON web token": re.compile(r"\beyJ[\w-]{10,}(?:\.[\w-]*)*"),
    "a bearer token": re.compile(r"(?i)(?<=\bbearer )[\w.~+/-]{8,}=*"),
}
"""What is private wherever it stands."""


def _in_place(real: str, placeholder: str, found: re.Match[str]) -> str:
    """What takes the place of a value that was found: inside hexadecimal and base64 something of the same length."""
    if re.fullmatch(escaped(real), found[0], re.IGNORECASE):
        return placeholder
    return ("0" if re.fullmatch(r"[0-9a-fA-F:-]+", found[0]) else "A") * len(found[0])


def _kept(headers: Any) -> dict[str, Any]:
    return {
        name.lower(): value
        for name, value in headers.items()
        if name.lower() in KEPT_HEADERS or name.lower().startswith("ratelimit-")
    }
