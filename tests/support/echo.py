"""A vendor that answers each question with the question, after a moment: whoever gets another one's answer sees it."""

from __future__ import annotations

import json
import random
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        asked |= json.loads(body) if body else {}
        time.sleep(random.uniform(0, 0.004))
        content = json.dumps({"code": 200, "msg": "Success", "data": _as_alphaess(self.path, asked)}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        # In two parts, so that a connection shared by two readers shows.
        self.wfile.write(content[:20])
        self.wfile.flush()
        self.wfile.write(content[20:])

    do_GET = do_POST = _answer  # noqa: N815  (the standard library's names)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


def _as_alphaess(path: str, asked: dict[str, Any]) -> Any:
    """The question as the vendor would put it: the system's number is its power, and each account has a system."""
    if "getEssList" in path:
        return []
    number = asked.get("sysSn", "0")
    return {"ppv": float(number), "pload": float(number), "soc": 50.0, "asked": asked}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # as many as come at once


@contextmanager
def echo() -> Iterator[str]:
    """Serve it on loopback; its address."""
    server = _Server(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/api"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
