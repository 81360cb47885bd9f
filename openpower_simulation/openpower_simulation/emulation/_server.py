"""An ASGI app served over real HTTP on loopback, in a thread, until its handle stops it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from openpower_core.errors import ConfigurationError

if TYPE_CHECKING:
    import uvicorn

START_WITHIN_S = 10.0
STOP_WITHIN_S = 5.0


def serve(app: Any, *, host: str = "127.0.0.1", port: int = 0, own_headers: bool = True) -> Served:
    """Serve an ASGI app; port 0 takes a free one, and ``own_headers=False`` leaves Date and Server to the app.

    with serve(app) as served:
        connect("alphaess", base_url=f"{served.url}/api", …)

    Raises:
        ConfigurationError: the extra ``emulator`` is not installed, or the port is taken.
    """
    return Served(app, host=host, port=port, own_headers=own_headers)


class LoopbackServer(ABC):
    """A server with its own loop and daemon thread, from :meth:`start` (or ``with``) until :meth:`stop`."""

    def __init__(self, host: str, port: int, *, name: str) -> None:
        self._host, self._port, self._name = host, port, name
        self._socket: socket.socket | None = None
        self._running = threading.Event()
        self._end: Callable[[], None] | None = None

    @abstractmethod
    def _bind(self, host: str, port: int) -> socket.socket:
        """Bind the address; port 0 is any free one."""

    @abstractmethod
    async def _listen(self, bound: socket.socket, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set, then close the socket."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, while it runs."""
        if self._socket is None:
            raise ConfigurationError("the emulator is not running.", hint="Use it in a with block.")
        host, port = self._socket.getsockname()[:2]
        return host, port

    def start(self) -> Self:
        """Start it and return once it listens."""
        try:
            bound = self._socket = self._bind(self._host, self._port)
        except OSError as failure:
            raise ConfigurationError(
                f"the emulator did not start: {failure}.", hint="Is the port taken? Port 0 finds a free one."
            ) from failure
        # A server may be started again; its new loop has to run before anybody is told the address.
        self._running.clear()
        thread = threading.Thread(target=lambda: asyncio.run(self._run(bound)), name=self._name, daemon=True)
        thread.start()
        self._running.wait(START_WITHIN_S)
        return self

    def stop(self) -> None:
        """Stop it at once; responses in progress are cut off."""
        if self._end is not None:
            self._end()
        self._socket = self._end = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def _run(self, bound: socket.socket) -> None:
        loop, stop, thread = asyncio.get_running_loop(), asyncio.Event(), threading.current_thread()

        def end() -> None:
            with contextlib.suppress(RuntimeError):  # its loop is closed already
                loop.call_soon_threadsafe(stop.set)
            thread.join(STOP_WITHIN_S)

        self._end = end
        self._running.set()
        await self._listen(bound, stop)


class Served(LoopbackServer):
    """A running HTTP server: ``url`` while it runs."""

    def __init__(self, app: Any, *, host: str, port: int, own_headers: bool = True) -> None:
        self._server = _server(app, own_headers=own_headers)
        super().__init__(host, port, name="openpower-emulator")

    @property
    def url(self) -> str:
        """Its address, such as ``http://127.0.0.1:49152``."""
        host, port = self.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def _bind(self, host: str, port: int) -> socket.socket:
        """Take the port; for port 0, one that no recent server of this process has had."""
        while True:
            listener = _bound(host, port)
            chosen: int = listener.getsockname()[1]
            if port or chosen not in _given:
                _given.append(chosen)
                return listener
            listener.close()

    async def _listen(self, bound: socket.socket, stop: asyncio.Event) -> None:
        server = self._server
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[bound])
        while not stop.is_set():
            await server.on_tick(0)  # the Date header, where uvicorn sends it
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1.0)
        await _close(server)


# Ports that the system chose: what a process remembers about an account is keyed by its address. Only the latest, since
# the system has 14,000 at most (it gives every second one), and with all of them given, the search would never end.
_given: deque[int] = deque(maxlen=4000)


def _bound(host: str, port: int) -> socket.socket:
    """Bind here and not in uvicorn, which would exit the process where it cannot bind."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named (socket.create_server leaves it 0): else asyncio does not recognise TCP, leaves Nagle's
    # algorithm on, and every answer of two writes waits 40 ms for a delayed ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


async def _close(server: uvicorn.Server) -> None:
    """Stop a server without waiting for its clients.

    ``Server.shutdown`` is made for production: it polls every 0.1 s, at least twice, so that answers under way
    may finish. When an emulator stops, no client waits for its response.
    """
    for listening in server.servers:
        listening.close()
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    tasks = list(server.server_state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)  # aborted transports close their sockets in the loop's next round


def _server(app: Any, *, own_headers: bool) -> uvicorn.Server:
    try:
        import uvicorn
    except ImportError as missing:
        from openpower_core.registry.loading import installing

        raise ConfigurationError(
            f"serving an emulator needs {missing.name}.",
            hint=f"Install it: {installing('openpower-simulation[emulator]')}",
        ) from None
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        http="h11",
        timeout_keep_alive=60,
        date_header=own_headers,
        server_header=own_headers,
    )
    config.load()
    return uvicorn.Server(config)
