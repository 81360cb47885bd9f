"""Faults on request: an ASGI wrapper that makes the next responses of any emulator fail."""

from __future__ import annotations

import threading
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import attrs

from openpower_core.waiting import asleep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

HTML_PAGE = b"<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>Sorry.</body></html>"
HUGE_CHUNK = b" " * 1_000_000


class FaultKind(StrEnum):
    """How a response fails."""

    DELAY = "delay"
    EMPTY = "empty"
    HTML = "html"
    HUGE = "huge"
    LOST = "lost"
    """The request is carried out, but its response never arrives: the connection is reset."""
    NOT_JSON = "not_json"
    RESET = "reset"
    STATUS = "status"
    TRUNCATED = "truncated"
    WRONG_TYPE = "wrong_type"


@attrs.frozen(kw_only=True)
class Fault:
    """One kind of fault, and how often it occurs."""

    kind: FaultKind
    times: int = 1
    path: str | None = None  # the end of the request's path; None means any
    status: int = 200
    delay_s: float = 0.0
    headers: dict[str, str] = attrs.Factory(dict[str, str])
    body: bytes | None = None


class Faults:
    """An ASGI app around another one, whose next responses fail as requested.

    faults = Faults(emulator)
    faults.add("status", status=503, times=2, path="/getEssList")

    The faults are queued; the first one that matches a request's path applies to it.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._queue: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        kind: FaultKind | str,
        *,
        times: int = 1,
        path: str | None = None,
        status: int | None = None,
        delay_s: float = 0.0,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Fault:
        """Queue a fault for the next ``times`` requests (whose path ends in ``path``).

        ``delay_s`` precedes any kind of fault; after it, the kind ``delay`` responds as usual.
        """
        kind = FaultKind(kind)
        usual = 500 if kind is FaultKind.STATUS else 200
        fault = Fault(
            kind=kind,
            times=times,
            path=path,
            status=usual if status is None else status,
            delay_s=delay_s,
            headers=headers or {},
            body=body,
        )
        with self._lock:
            self._queue.append(fault)
        return fault

    @property
    def queued(self) -> int:
        """How many faults are still queued."""
        return len(self._queue)

    def clear(self) -> None:
        """Clear the queue."""
        with self._lock:
            self._queue.clear()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        fault = self._next(scope["path"]) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        await asleep(fault.delay_s)
        if fault.kind is FaultKind.DELAY:
            await self._app(scope, receive, send)
        elif fault.kind is FaultKind.LOST:
            await self._app(scope, receive, _swallow)
            _reset(send)
        else:
            await _answer(fault, send)

    def _next(self, path: str) -> Fault | None:
        with self._lock:
            for index, fault in enumerate(self._queue):
                if fault.path is None or path.endswith(fault.path):
                    left = attrs.evolve(fault, times=fault.times - 1)
                    self._queue[index : index + 1] = [left] if left.times > 0 else []
                    return fault
        return None


async def _answer(fault: Fault, send: Send) -> None:
    body, content_type = _BODIES.get(fault.kind, (b"", "application/json"))
    body = body if fault.body is None else fault.body
    repeat = 50 if fault.kind is FaultKind.HUGE else 1
    cut = fault.kind is FaultKind.TRUNCATED
    headers = {
        "content-type": content_type,
        # More than is sent, so that the server has to close the connection.
        "content-length": str(len(body) * repeat + (1000 if cut else 0)),
        **fault.headers,
    }
    if fault.kind is FaultKind.RESET:
        _reset(send)
        return
    raw = [(key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": raw})
    for index in range(repeat):
        await send({"type": "http.response.body", "body": body, "more_body": index + 1 < repeat or cut})


async def _swallow(_: Message) -> None:
    """Swallow a response."""


def _reset(send: Send) -> None:
    # ASGI cannot express it; uvicorn's own connection is behind the callable.
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("this server cannot reset its connections on request")
    transport.abort()


_BODIES = {
    FaultKind.HTML: (HTML_PAGE, "text/html; charset=utf-8"),
    FaultKind.HUGE: (HUGE_CHUNK, "application/json"),
    FaultKind.NOT_JSON: (b'{"code": 200, "data": ', "application/json"),
    FaultKind.TRUNCATED: (b'{"code": 200, "data": [', "application/json"),
    FaultKind.WRONG_TYPE: (b"\x89PNG\r\n\x1a\n", "image/png"),
    FaultKind.STATUS: (b'{"message": "a fault was requested"}', "application/json"),
}
