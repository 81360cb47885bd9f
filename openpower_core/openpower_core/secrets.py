"""What must not be printed by accident: secrets, unknown fields, and serial numbers, which are shortened for display."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, final

from openpower_core._error import InvalidValue
from openpower_core.text import LONGEST, clean

__all__ = [
    "NO_EXTRAS",
    "Extras",
    "Hidden",
    "Secret",
    "credential",
    "disguises",
    "escaped",
    "mask",
    "mask_text",
    "mask_url",
    "scrub",
    "to_extras",
]


@final
class Secret:
    """A password, token or key that is shown only by :meth:`reveal`.

    It is not a ``str``: formatting, concatenating, logging or serialising one cannot leak it.

    >>> Secret("hunter2")
    Secret('…')
    >>> f"{Secret('hunter2')}"
    '…'
    """

    __slots__ = ("_value",)

    def __init__(self, value: str | Secret) -> None:
        self._value: str = value.reveal() if isinstance(value, Secret) else value

    def reveal(self) -> str:
        """Return the secret itself; call this only where a request is signed."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    def __str__(self) -> str:
        return "…"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # imported here, since comparing secrets is rare

        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _memo: object) -> Secret:
        return self

    def __getstate__(self) -> object:
        raise TypeError("a Secret is not pickled; pass credentials to the new process another way")

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled; pass credentials to the new process another way")


class Hidden(dict[str, Any]):
    """Credentials and options by their names; only the names are shown, in tracebacks with locals above all."""

    def __repr__(self) -> str:
        return f"<{', '.join(self)}>"


def credential(value: str | Secret, name: str, *, provider: str | None = None) -> Secret:
    """Return a credential as it can be sent, without the white space around it that comes with copying.

    Args:
        value: what was given. Make it a :class:`Secret` in the first line of a constructor: a traceback with locals would
            show a text.
        name: what it is called, for messages, which never show its value.
        provider: the provider's name, for messages.

    Raises:
        InvalidValue: it is not text, or contains line ends, tabs or characters that cannot be seen.
    """
    value = Secret(value)
    if not isinstance(value.reveal(), str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValue(f"{name} must be text.", provider=provider, argument=name)
    secret = Secret(value.reveal().strip())
    if clean(secret.reveal()) != secret.reveal() or any(char.isspace() and char != " " for char in secret.reveal()):
        # A client of HTTP would refuse it as well, but show it in its message and log.
        hint = "Copy it again; it may have been wrapped, or joined with another text."
        what = f"{name} contains a line end, a tab or characters that cannot be seen."
        raise InvalidValue(what, provider=provider, argument=name, hint=hint)
    if secret != value:
        import logging  # imported here, since most programs get here without white space

        words = "%s: %s was given with white space around it, which is left out"
        logging.getLogger("openpower.connect").warning(words, provider, name)
    return secret


@functools.lru_cache(maxsize=1024)  # every write masks the same few several times
def mask(serial: str) -> str:
    """Shorten a serial number or meter id to its ends, for logs and messages.

    >>> mask("AL70110230300001")
    'AL…0001'
    >>> mask("AL70110230300001/battery")
    'AL…0001/battery'
    >>> mask("X1")
    '…'
    """
    number, slash, role = clean(serial).partition("/")
    short = f"{number[:2]}…{number[-4:]}" if len(number) > 8 else "…"
    return f"{short}{slash}{role}"


# Long words with several digits are serial numbers, meter or site ids, unless they are dates.
_SERIAL = r"(?<![\w-])(?=(?:[A-Za-z_-]*\d){4})(?!\d{4}-\d\d-\d\d)[A-Za-z0-9_-]{9,}"


def mask_text(text: str) -> str:
    """Mask everything in a text that looks like a serial number.

    >>> mask_text("/sites/01F5A5CRKMZ5BCX9P1S4V990AM/prices/2026-08-01")
    '/sites/01…90AM/prices/2026-08-01'
    """
    return re.sub(_SERIAL, lambda match: mask(match[0]), text)


def mask_url(url: str) -> str:
    """Return a URL without user, password and complete serial numbers.

    >>> mask_url("https://me:pw@example.com/api/x?sysSn=AL70110230300001&day=2026-08-01")
    'https://example.com/api/x?sysSn=AL…0001&day=2026-08-01'
    """
    from urllib.parse import parse_qsl, urlsplit  # imported here, since only logs and messages show a URL

    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = "&".join(f"{name}={mask_text(value)}" for name, value in parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.scheme}://{host}{mask_text(parts.path)}" + (f"?{query}" if query else "")


_LEAST: Final = 4
"""So much of a secret's base64 is looked for at least."""


def disguises(value: str) -> re.Pattern[str]:
    """Find a text as it is, escaped (JSON, HTML, URL, also several times), in hexadecimal, and inside any base64."""
    return re.compile("|".join([escaped(value), _hexadecimal(value), *_base64s(value)]), re.IGNORECASE)


_SHORT_ESCAPES: Final = {'"': '"', "\\": r"\\", "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_NAMED: Final = {"&": "amp", "<": "lt", ">": "gt", '"': "quot"}


def escaped(value: str) -> str:
    """Return a regular expression for a text as it is or escaped in any of these ways."""
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
    import base64  # imported here, since only what is to be written or shown needs it

    data = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        first, last = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        if last - first >= _LEAST:
            yield escaped(encoded[first:last])


_SHORT: Final = 6
"""A secret below this length cannot be told from ordinary words."""


def scrub(text: str, secrets: Iterable[Secret], accounts: Iterable[str] = ()) -> str:
    """Return a vendor's text as it may be shown: no secret or account in any encoding, serial numbers masked, one clean line.

    Where it contains a very short secret, nothing of it is shown. Use it on the vendor's words only: in our own it would
    mark where a secret that is a plain word stands.
    """
    text = clean(text[: 10 * LONGEST])  # a megabyte of text would take long, and is cut in the end
    for secret in filter(None, secrets):
        # No encoding is shorter than what it encodes; long tokens would make slow expressions for nothing.
        if len(secret.reveal()) > len(text):
            continue
        hidden = disguises(secret.reveal()).sub("…", text)
        if hidden != text and len(secret.reveal()) < _SHORT:
            return "…"  # what is left would tell where it stood
        text = hidden
    for account in filter(None, accounts):
        # A short name counts only where it stands alone.
        found = disguises(account).pattern if len(account) >= _SHORT else rf"(?<!\w){re.escape(account)}(?!\w)"
        text = re.sub(found, "…", text, flags=re.IGNORECASE)
    return clean(mask_text(text), longest=LONGEST)


class Extras(Mapping[str, Any]):
    """An immutable mapping of fields that the vendor sent and the record's class does not declare.

    It may contain anything, secrets included, so its ``repr`` shows only the names.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        self._fields: dict[str, Any] = dict(fields or {})

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Extras({', '.join(self._fields)})"


NO_EXTRAS: Final = Extras()
"""Shared by all records without unknown fields, so that they cost nothing."""


def to_extras(fields: Mapping[str, Any]) -> Extras:
    """Freeze unknown fields; all records without any share one object (attrs converter)."""
    if isinstance(fields, Extras):
        return fields
    return Extras(fields) if fields else NO_EXTRAS
