"""A server between a client and an emulator: it counts what is asked, and spoils the answers on request.

Whatever a fault server can do to an answer of its own, this one does to the emulator's; besides, it rewrites bodies,
loses the answers to writes, and says yes to writes that nobody carries out.
"""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from openpower_testing.faults import FaultServer, Received, ServerAnswer, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Relay"]

_PASSED: Final = ("content-type", "date", "retry-after", "location")
_NOT_PASSED: Final = {"host", "connection", "accept-encoding", "content-length"}
SECONDS: Final = 900.0
SILENCE_S: Final = 1.5
"""After that long a silent server hangs up, so that a client without a time-out is found out and not waited for."""
UPSTREAM_TIMEOUT_S: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class _Reply:
    status: int
    headers: dict[str, str]
    body: bytes


class Relay(FaultServer):
    """Passes requests on to ``upstream``, except for the troubles that were asked for.

    Args:
        upstream: the emulator's address; only its host and port matter.
        is_write: tells the requests that change something.
    """

    def __init__(self, upstream: str, *, is_write: Callable[[Received], bool]) -> None:
        super().__init__(max_requests=1_000_000, seconds=SECONDS, silence=SILENCE_S)
        self._upstream = urlsplit(upstream)
        self._is_write = is_write
        self._yes: _Reply | None = None
        self.rewrite: Callable[[Any], Any] | None = None
        """Changes the JSON of every answer before it is passed on."""
        self.lose = 0
        """How many answers to writes get lost, after the write was carried out."""
        self.pretend = False
        """Whether writes are answered as the last one was, and not carried out."""

    @property
    def address(self) -> str:
        """The emulator's own prefix, through here."""
        return f"{self.url}{self._upstream.path}"

    @property
    def writes(self) -> list[Received]:
        """The requests so far that change something."""
        return [each for each in self.requests if self._is_write(each)]

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return len(self._open)

    def _usual(self, request: Received) -> ServerAnswer:
        is_write = self._is_write(request)
        if is_write and self.pretend and self._yes is not None:
            return _answer(self._yes)
        reply = self._forward(request)
        if is_write:
            self._yes = reply
            if self.lose:
                self.lose -= 1
                return _answer(reply, Trouble.RESET)
        return _answer(self._rewritten(reply))

    def _forward(self, request: Received) -> _Reply:
        host, port = self._upstream.hostname or "127.0.0.1", self._upstream.port
        connection = http.client.HTTPConnection(host, port, timeout=UPSTREAM_TIMEOUT_S)
        try:
            headers = {k: v for k, v in request.headers.items() if k not in _NOT_PASSED}
            connection.request(request.method, request.target, request.body or None, headers)
            answer = connection.getresponse()
            passed = {
                name.title(): value
                for name, value in answer.getheaders()
                if name.lower() in _PASSED or name.lower().startswith("ratelimit")
            }
            return _Reply(status=answer.status, headers=passed, body=answer.read())
        except http.client.HTTPException as broken:
            raise ConnectionError("the emulator broke off") from broken
        finally:
            connection.close()

    def _rewritten(self, reply: _Reply) -> _Reply:
        if self.rewrite is None:
            return reply
        try:
            body = json.dumps(self.rewrite(json.loads(reply.body))).encode()
        except ValueError:
            return reply
        return _Reply(status=reply.status, headers=reply.headers, body=body)


def _answer(reply: _Reply, trouble: Trouble = Trouble.STATUS) -> ServerAnswer:
    return ServerAnswer(trouble=trouble, times=1, status=reply.status, headers=reply.headers, body=reply.body)
