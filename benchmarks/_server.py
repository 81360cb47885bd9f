"""A minimal server: the same response to every request, plain and under TLS, in its own process.

    python benchmarks/_server.py BODY

It prints its two addresses and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from pathlib import Path

CERTIFICATE = Path(__file__).parent.parent / "tests" / "support" / "localhost.pem"


class Answering(asyncio.Protocol):
    """Responds to every request; none has a body."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the client."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer."""
        self._transport.write(self._answer * data.count(b"\r\n\r\n"))  # type: ignore[attr-defined]


async def main(body: str) -> None:
    """Serve until standard input ends."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n\r\n"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    loop = asyncio.get_running_loop()
    ports: list[int] = []
    servers = []
    for encrypted in (None, context):
        answer = (head + body).encode()
        server = await loop.create_server(
            lambda answer=answer: Answering(answer), "127.0.0.1", 0, ssl=encrypted, backlog=2048
        )
        servers.append(server)
        ports.append(server.sockets[0].getsockname()[1])
    print(f"http://127.0.0.1:{ports[0]} https://127.0.0.1:{ports[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
