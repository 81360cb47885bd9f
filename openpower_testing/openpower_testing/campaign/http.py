"""The faults of HTTP: what comes instead of the right answer, or how the right answer is changed on its way."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, cast

from attrs import field, frozen

from openpower_testing.checks._json import everywhere, is_list
from openpower_testing.faults import Trouble


@frozen(kw_only=True)
class HttpFault:
    """What comes instead of the right answer, or what changes it on its way."""

    name: str
    spoil: dict[str, Any] = field(factory=dict[str, Any], repr=False)
    """What :meth:`FaultServer.fail` takes."""
    rewrite: Callable[[Any], Any] | None = field(default=None, repr=False)
    """Changes the JSON of the right answer."""
    slow: bool = False
    """Whether only the deadline ends it."""


def http_faults() -> tuple[HttpFault, ...]:
    """All faults, each with a name of its own."""
    return (*_connections(), *_raw(), *_statuses(), *_pages(), *_headers(), *_bodies(), *_rewritten())


_SLOW: Final = {Trouble.SILENT, Trouble.SLOW_HEADERS, Trouble.SLOW_BODY}
_WITH_STATUS: Final = {Trouble.NONE, Trouble.STATUS, Trouble.REDIRECT}


def _connections() -> Iterator[HttpFault]:
    for trouble in Trouble:
        if trouble not in {*_WITH_STATUS, Trouble.RAW}:
            yield HttpFault(name=trouble.value, spoil={"trouble": trouble}, slow=trouble in _SLOW)


_OK: Final = b"HTTP/1.1 200 OK\r\n"
_RAW: Final = {
    "another protocol: TLS alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "another protocol: HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another protocol: HTTP/0.9": b"<html>hello</html>\r\n\r\n",
    "status line: no number": b"HTTP/1.1 abc Nonsense\r\n\r\n",
    "status line: negative": b"HTTP/1.1 -20 Nonsense\r\n\r\n",
    "status line: no reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",
    "status line: HTTP/3.7": b"HTTP/3.7 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "interim: 103 and no more": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
    "interim: 103 before the answer": b"HTTP/1.1 103 Early Hints\r\n\r\n" + _OK + b"Content-Length: 2\r\n\r\n{}",
    "interim: many 100": b"HTTP/1.1 100 Continue\r\n\r\n" * 500,
    "headers: no colon": _OK + b"nonsense\r\nContent-Length: 2\r\n\r\n{}",
    "headers: not ASCII": _OK + b"X-Name: \xff\xfe\xc3\xa9\r\nContent-Length: 2\r\n\r\n{}",
    "headers: a null byte": _OK + b"X-Name: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
    "headers: 200 kB": _OK + b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n",
    "headers: ten thousand": _OK + b"".join(b"X-%d: 1\r\n" % number for number in range(10_000)) + b"\r\n",
    "headers: only line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
    "length: negative": _OK + b"Content-Length: -5\r\n\r\n{}",
    "length: no number": _OK + b"Content-Length: many\r\n\r\n{}",
    "length: two of them": _OK + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
    "length: too large to be true": _OK + b"Content-Length: 99999999999999999999\r\n\r\n{}",
    "length: too short": _OK + b'Content-Length: 2\r\n\r\n{"code": 200, "data": [1, 2, 3]}',
    "length: none, until it closes": _OK + b'\r\n{"code": 200, "data": nul',
    "chunks: no number": _OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "chunks: negative": _OK + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    "chunks: enormous": _OK + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
    "chunks: and a length": _OK + b"Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "encoding: unknown transfer": _OK + b"Transfer-Encoding: sausage\r\n\r\n{}",
}


def _raw() -> Iterator[HttpFault]:
    for name, sent in _RAW.items():
        yield HttpFault(name=name, spoil={"trouble": Trouble.RAW, "body": sent})


_STATUSES: Final = (
    *(101, 201, 202, 203, 204, 205, 206, 207, 208, 226),
    *(300, 301, 302, 303, 304, 305, 306, 307, 308),
    *range(400, 419),
    *(420, 421, 422, 423, 424, 425, 426, 428, 429, 430, 431, 444, 451, 460, 494, 495, 496, 497, 499),
    *range(500, 512),
    *range(520, 528),
    *(530, 598, 599, 600, 799, 999),
)
_REFUSAL: Final = b'{"message": "no", "msg": "no", "error": "no"}'


def _statuses() -> Iterator[HttpFault]:
    for status in _STATUSES:
        yield HttpFault(name=f"status {status}", spoil={"trouble": Trouble.STATUS, "status": status, "body": _REFUSAL})


_PAGES: Final = {
    "a page": b"<!DOCTYPE html><html><title>Attention Required!</title></html>",
    "one word": b"Forbidden",
    "nothing": b"",
    "escape sequences": b'{"message": "\\u001b[2J\\u001b]0;owned\\u0007\\r\\n=HYPERLINK(1)\\u202e"}',
    "a lone surrogate": b'{"message": "\\ud800", "msg": "\\udfff", "code": "\\ud800"}',
    "no words": b'{"message": 17, "msg": [], "error": {"code": {}}, "code": []}',
}


def _pages() -> Iterator[HttpFault]:
    for status in (200, 401, 403, 404, 429, 500):
        for name, body in _PAGES.items():
            yield HttpFault(
                name=f"status {status} with {name}", spoil={"trouble": Trouble.STATUS, "status": status, "body": body}
            )


_ODD_DATES: Final = (
    "Fri, 31 Dec 9999 23:59:59 -2300",
    "Mon, 01 Jan 0001 00:00:00 +2300",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Tue, 31 Feb 2026 25:61:61 GMT",
    "Fri, 27 Nov 2026 00:00:00 +99999999",
    "yesterday",
    "99999999999999999999",
    "",
)
_ODD_NUMBERS: Final = ("0", "-1", "1e400", "nan", "inf", "2592000", "9" * 4000, "1_000", "٣")


def _headers() -> Iterator[HttpFault]:
    limited = {"trouble": Trouble.STATUS, "status": 429, "body": _REFUSAL}
    busy = {"trouble": Trouble.STATUS, "status": 503, "body": _REFUSAL}
    answered = {"trouble": Trouble.STATUS, "status": 200}
    for date in _ODD_DATES:
        yield _with(limited, "Retry-After", date)
        yield _with(answered, "Date", date)
    for number in _ODD_NUMBERS:
        yield _with(limited, "Retry-After", number)
        yield _with(busy, "Retry-After", number)
        yield HttpFault(
            name=f"RateLimit: {number[:30]}",
            spoil={
                **answered,
                "headers": {
                    "RateLimit-Remaining": number.encode().decode("latin-1"),
                    "RateLimit-Reset": number.encode().decode("latin-1"),
                },
            },
        )
    for encoding in ("br", "gzip, gzip", "sausage", "deflate", "gzip"):
        yield _with(answered, "Content-Encoding", encoding)
    for kind in ("text/html", "application/json; charset=utf-16", "", "x" * 10_000):
        yield _with(answered, "Content-Type", kind)
    moved = {"trouble": Trouble.REDIRECT, "status": 302}
    for place in ("", "//", "http://[", "javascript:1", "https://elsewhere.example/\xff"):
        yield _with(moved, "Location", place)


def _with(spoil: dict[str, Any], header: str, value: str) -> HttpFault:
    sent = value.encode().decode("latin-1")
    status = spoil["status"]
    return HttpFault(name=f"{header} of a {status}: {value[:40]}", spoil={**spoil, "headers": {header: sent}})


_DEEP: Final = 100_000
_TEXTS: Final[dict[str, bytes]] = {
    "null": b"null",
    "true": b"true",
    "a number": b"42",
    "a text": b'"ok"',
    "an empty list": b"[]",
    "an empty object": b"{}",
    "a list of nulls": b"[null, null]",
    "lists in lists": b'[[1, 2], {"a": []}]',
    "very deep lists": b"[" * _DEEP + b"]" * _DEEP,
    "very deep objects": b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    "an integer of 5,000 digits": b'{"code": ' + b"9" * 4000 + b"}",
    "a number beyond floats": b'{"code": 1e999, "data": -1e999}',
    "NaN": b'{"code": NaN, "data": Infinity}',
    "UTF-16": '{"code": 200}'.encode("utf-16"),
    "Latin-1": '{"msg": "é"}'.encode("latin-1"),
    "lone surrogates": b'{"code": "\\ud800", "data": {"\\udfff": "\\ud800"}}',
    "a null character": b'{"code": 200, "data": "\\u0000"}',
    "raw control characters": b'{"code": 200, "data": "\x01\x1b"}',
    "the same key twice": b'{"code": 200, "code": 500, "data": null}',
    "two documents": b'{"code": 200}{"code": 200}',
    "a guard before it": b")]}',\n{}",
    "only white space": b"  \r\n ",
    "only a byte order mark": b"\xef\xbb\xbf",
    "XML": b"<?xml version='1.0'?><code>200</code>",
    "a script": b"callback({})",
    "a list of 100,000": b"[" + b"1," * 99_999 + b"1]",
    "gzip without saying so": gzip.compress(b"{}"),
}


def _bodies() -> Iterator[HttpFault]:
    for name, body in _TEXTS.items():
        yield HttpFault(name=f"body: {name}", spoil={"trouble": Trouble.STATUS, "status": 200, "body": body})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_ODD_VALUES: Final[dict[str, Any]] = {
    "null": None,
    "a text": "--",
    "an empty text": "",
    "a number beyond floats": 10**400,
    "a negative number": -1,
    "a huge number": 1e300,
    "a truth": True,
    "a list": [1],
    "an object": {"a": 1},
    "a lone surrogate": "\ud800",
    "escape sequences": "\x1b[2J\u202e\x07\r\n=1+1",
}


_DATA: Final[dict[str, Callable[[Any], Any]]] = {
    "null": lambda _: None,
    "an empty object": lambda _: {},
    "an empty list": lambda _: [],
    "in a list": lambda data: [data],
}
_LISTS: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "hold null": lambda items: [None, *items],
    "are doubled": lambda items: [*items, *items],
    "are objects": lambda items: {str(place): item for place, item in enumerate(items)},
}


def _rewritten() -> Iterator[HttpFault]:
    for name, odd in _ODD_VALUES.items():
        yield HttpFault(name=f"every number is {name}", rewrite=partial(_with_numbers, odd))
        yield HttpFault(name=f"every text is {name}", rewrite=partial(_with_texts, odd))
    yield HttpFault(name="texts have 100 kB", rewrite=_with_long_texts)
    yield HttpFault(name="texts are numbers", rewrite=partial(_with_texts, 7))
    yield HttpFault(name="numbers are texts", rewrite=partial(everywhere, change=_worded))
    for name, change in _DATA.items():
        yield HttpFault(name=f"the data is {name}", rewrite=partial(_with_data, change))
    for name, changed in _LISTS.items():
        yield HttpFault(name=f"lists {name}", rewrite=partial(_with_lists, changed))
    for key in ("code", "data", "msg", "token", "type", "id"):
        yield HttpFault(name=f"no {key}", rewrite=partial(_without, key))


def _with_numbers(odd: Any, answer: Any) -> Any:
    return everywhere(answer, lambda _, old: odd if _is_number(old) else old)


def _with_texts(odd: Any, answer: Any) -> Any:
    return everywhere(answer, lambda _, old: odd if isinstance(old, str) else old)


_MOST_LONG: Final = 50
"""Days of history hold thousands of texts: all of them long, the answer would take the relay longer than any deadline."""


def _with_long_texts(answer: Any) -> Any:
    left = iter(range(_MOST_LONG))
    return everywhere(
        answer, lambda _, old: "x" * 100_000 if isinstance(old, str) and next(left, None) is not None else old
    )


def _worded(_: str, value: Any) -> Any:
    return str(value) if _is_number(value) else value


def _with_data(change: Callable[[Any], Any], answer: Any) -> Any:
    """Change what an envelope holds, or the whole where there is none."""
    if isinstance(answer, dict) and "data" in answer:
        return {**cast("dict[str, Any]", answer), "data": change(cast("Any", answer["data"]))}
    return change(answer)


def _without(key: str, answer: Any) -> Any:
    if isinstance(answer, dict):
        fields = cast("dict[str, Any]", answer)
        return {name: _without(key, value) for name, value in fields.items() if name != key}
    return [_without(key, each) for each in answer] if is_list(answer) else answer


def _with_lists(change: Callable[[list[Any]], Any], answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: _with_lists(change, value) for name, value in cast("dict[str, Any]", answer).items()}
    if is_list(answer):
        return change([_with_lists(change, value) for value in answer])
    return answer
