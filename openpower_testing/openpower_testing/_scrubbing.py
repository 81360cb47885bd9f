"""What is taken out of a recording before it is written: secrets, signatures, account ids, serials."""

from __future__ import annotations

import copy
import re
from typing import Any, Final
from urllib.parse import quote

__all__ = ["KEPT_HEADERS", "PLACEHOLDER", "SERIAL_KEYS", "Scrubber"]

KEPT_HEADERS: Final = frozenset({"content-type", "retry-after", "date"})
"""The headers that stay, besides those of rate limits; any other may hold a secret, so none does."""

SERIAL_KEYS: Final = (
    "sysSn",
    "evchargerSn",
    "serial",
    "serialNumber",
    "serial_number",
    "sn",
    "deviceSn",
    "inverterSn",
    "inverter_sn",
    "nmi",
    "powerstation_id",
    "powerStationId",
    "pw_id",
    "email",
    "owner_email",
    "address",
)
"""JSON keys and query parameters whose values name a device, a meter or a person."""

PLACEHOLDER: Final = re.compile(r"[A-Z]{2}0{6,}\d*")
"""What stands for a serial: two letters of the real one, zeros, and a count."""

SECRET_KEYS: Final = ("token", "pwd", "uid", "uuid")
"""JSON keys whose values let somebody in, or name an account, for a while at least."""

_SECRET: Final = re.compile(rf'("({"|".join(SECRET_KEYS)})"\s*:\s*")[^"]+(")')
_VALUE: Final = re.compile(rf'"(?:{"|".join(SERIAL_KEYS)})"\s*:\s*"([^"]+)"')
_PARAMETER: Final = re.compile(rf"[?&](?:{'|'.join(SERIAL_KEYS)})=([^&#]+)")


class Scrubber:
    """Replaces what must not be written, the same thing by the same placeholder throughout a cassette."""

    def __init__(self) -> None:
        self._hidden: dict[str, str] = {}
        self._addresses: dict[str, str] = {}

    def pretend(self, address: str, vendors: str) -> None:
        """Write one address (an emulator's) as another (the vendor's)."""
        self._addresses[address.rstrip("/")] = vendors.rstrip("/")

    def hide(self, real: str, placeholder: str) -> None:
        """Write something known, such as a secret, as something else."""
        if real:
            self._hidden[real] = placeholder

    def request(self, request: Any) -> Any:
        """The request as it is written and matched (vcrpy's ``before_record_request``)."""
        written = copy.copy(request)
        written.uri = self._uri(request.uri)
        written.headers = _kept(request.headers)
        written.body = self._body(request.body)
        return written

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """The response as it is written (vcrpy's ``before_record_response``)."""
        return {
            "status": response["status"],
            "headers": {
                name: [self._text(value) for value in ([values] if isinstance(values, str) else values)]
                for name, values in _kept(response["headers"]).items()
            },
            "body": {"string": self._body(response["body"]["string"]) or b""},
        }

    def _uri(self, uri: str) -> str:
        for address, vendors in self._addresses.items():
            if uri.startswith(f"{address}/"):
                uri = vendors + uri.removeprefix(address)
        self._learn(_PARAMETER, uri)
        return self._text(uri)

    def _body(self, body: Any) -> Any:
        if not body:
            return None  # one flavour says None where the other one says b""
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
        # Always the same words, so that requests match whoever makes them.
        text = _SECRET.sub(r"\1hidden-\2\3", text)
        self._learn(_VALUE, text)
        return self._text(text).encode()

    def _learn(self, pattern: re.Pattern[str], text: str) -> None:
        for serial in pattern.findall(text):
            if serial not in self._hidden and not PLACEHOLDER.fullmatch(serial):
                letters = (re.sub(r"[^A-Za-z]", "", serial).upper() + "XX")[:2]
                self._hidden[serial] = f"{letters}{len(self._hidden) + 1:013d}"

    def _text(self, text: str) -> str:
        # Longest first, lest a serial that begins another one spoil it.
        for real in sorted(self._hidden, key=len, reverse=True):
            for form in {real, quote(real, safe="")}:
                text = text.replace(form, self._hidden[real])
        return text


def _kept(headers: Any) -> dict[str, Any]:
    return {
        name.lower(): value
        for name, value in headers.items()
        if name.lower() in KEPT_HEADERS or name.lower().startswith("ratelimit-")
    }
