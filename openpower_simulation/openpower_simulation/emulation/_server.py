"""An ASGI app served over real HTTP on loopback, in a thread, until its own handle stops it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Self

from openpower_core.errors import ConfigurationError

if TYPE_CHECKING:
    from types import TracebackType

    import uvicorn

__all__ = ["Served", "serve"]

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


class Served:
    """A running server: ``url`` while it runs, stopped by :meth:`stop` or the end of its ``with`` block."""

    def __init__(self, app: Any, *, host: str, port: int, own_headers: bool = True) -> None:
        self._server = _server(app, host, port, own_headers=own_headers)
        self._thread = threading.Thread(target=self._run, name="openpower-emulator", daemon=True)
        self._failure: BaseException | None = None
        self._url: str | None = None

    @property
    def url(self) -> str:
        """Where it listens, such as ``http://127.0.0.1:49152``."""
        if self._url is None:
            raise ConfigurationError("the emulator is not running.", hint="Use it in a with block.")
        return self._url

    def start(self) -> Self:
        """Start it and return once it listens."""
        self._thread.start()
        end = time.monotonic() + START_WITHIN_S
        while not self._server.started and self._thread.is_alive() and time.monotonic() < end:
            time.sleep(0.002)
        if not self._server.started:
            self.stop()
            raise ConfigurationError(
                f"the emulator did not start: {self._failure or 'it was too slow'}.",
                hint="Is the port taken? Port 0 finds a free one.",
            )
        host, port = self._server.servers[0].sockets[0].getsockname()[:2]
        self._url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        return self

    def stop(self) -> None:
        """Stop it; answers under way are cut off after a moment."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(STOP_WITHIN_S)
        self._url = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            self._server.run()
        except (SystemExit, OSError) as failure:  # uvicorn exits where it cannot bind
            self._failure = failure


def _server(app: Any, host: str, port: int, *, own_headers: bool) -> uvicorn.Server:
    try:
        import uvicorn
    except ImportError as missing:
        raise ConfigurationError(
            f"serving an emulator needs {missing.name}.", hint='Install it: pip install "openpower-core[emulator]"'
        ) from None
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        loop="asyncio",
        http="h11",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=60,
        date_header=own_headers,
        server_header=own_headers,
    )
    return uvicorn.Server(config)
