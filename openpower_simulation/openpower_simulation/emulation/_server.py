"""An ASGI app served over real HTTP on loopback, in a thread, until its own handle stops it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Callable, Coroutine
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


class LoopThread:
    """A daemon thread with an event loop of its own that runs one coroutine until it is stopped.

    The coroutine function gets the event that :meth:`stop` sets; when it returns, its loop is closed.
    """

    def __init__(self, main: Callable[[asyncio.Event], Coroutine[Any, Any, None]], *, name: str) -> None:
        self._main = main
        self._running = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name=name, daemon=True)

    def start(self) -> None:
        """Start it and return once its loop runs."""
        self._thread.start()
        self._running.wait(START_WITHIN_S)

    def stop(self) -> None:
        """Stop it and wait until it has ended; a second time, and before the start, nothing happens."""
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):  # its loop is closed already
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(STOP_WITHIN_S)

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._running.set()
        await self._main(self._stop)


class Served:
    """A running server: ``url`` while it runs, stopped by :meth:`stop` or the end of its ``with`` block."""

    def __init__(self, app: Any, *, host: str, port: int, own_headers: bool = True) -> None:
        self._server = _server(app, own_headers=own_headers)
        self._host, self._port = host, port
        self._listener: socket.socket | None = None
        self._thread = LoopThread(self._run, name="openpower-emulator")

    @property
    def url(self) -> str:
        """Where it listens, such as ``http://127.0.0.1:49152``."""
        if self._listener is None:
            raise ConfigurationError("the emulator is not running.", hint="Use it in a with block.")
        host, port = self._listener.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self) -> Self:
        """Start it and return once it listens."""
        try:
            self._listener = _listen(self._host, self._port)
        except OSError as failure:
            raise ConfigurationError(
                f"the emulator did not start: {failure}.", hint="Is the port taken? Port 0 finds a free one."
            ) from failure
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop it at once; answers that are under way are cut off."""
        self._thread.stop()
        self._listener = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    async def _run(self, stop: asyncio.Event) -> None:
        server, listener = self._server, self._listener
        assert listener is not None  # noqa: S101 - start() has bound it
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[listener])
        while not stop.is_set():
            await server.on_tick(0)  # the Date header, where uvicorn sends it
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1.0)
        await _close(server)


_given: set[int] = set()  # ports that the system chose: what a process remembers of an account goes by its address


def _listen(host: str, port: int) -> socket.socket:
    """Listen on the port; for port 0, on one that no server of this process has had."""
    while True:
        listener = _bound(host, port)
        chosen: int = listener.getsockname()[1]
        if port or chosen not in _given:
            _given.add(chosen)
            return listener
        listener.close()


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
    """End a server without waiting for anybody.

    ``Server.shutdown`` is made for production: it polls every 0.1 s, at least twice, so that answers under way
    may finish. Nobody waits for an emulator's answer once it is told to stop.
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
        raise ConfigurationError(
            f"serving an emulator needs {missing.name}.",
            hint='Install it: pip install "openpower-simulation[emulator]"',
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
