"""The HTTP server of the hub: the API (:mod:`openpower_hub.http.api`), and beside it the page and Prometheus' metrics."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from openpower_core.connection.context import state_folder
from openpower_core.errors import ConfigurationError, NetworkError, OpenPowerError
from openpower_hub.http import api
from openpower_hub.http.auth import Auth, check_tokens, is_loopback, session_key
from openpower_hub.http.gate import BURST, PER_S, Gate
from openpower_hub.http.problems import on_crash, on_error, on_http_error

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from openpower_hub.config import HTTPConfig
    from openpower_hub.engine import Hub

_log = logging.getLogger("openpower.hub")

_GRACE_S: Final = 3
"""How long requests may go on when the server ends."""
_MOST_CONNECTIONS: Final = 256
"""How many connections are open at once; more are answered with 503."""


def application(hub: Hub, *, burst: float = BURST, per_s: float = PER_S) -> Starlette:
    """The whole web application: what it shows of a hub, behind its gate.

    Args:
        hub: what it shows.
        burst: how many requests one caller may send at once.
        per_s: and how many a second in the long run.
    """
    config = hub.config.http
    auth = Auth(config, key=session_key(state_folder()), clock=hub.clock)
    hosts = {"localhost", socket.gethostname().lower(), config.host.lower(), *map(str.lower, config.hosts)}
    gate = Middleware(Gate, auth=auth, hosts=hosts, clock=hub.clock, burst=burst, per_s=per_s)
    app = Starlette(
        routes=routes(hub),
        middleware=[gate],
        exception_handlers={OpenPowerError: on_error, HTTPException: on_http_error, Exception: on_crash},
    )
    app.router.redirect_slashes = False  # a path is what it is, or there is none
    app.state.auth, app.state.hub, app.state.closing = auth, hub, asyncio.Event()
    return app


def routes(hub: Hub) -> list[BaseRoute]:
    """What the server has, of which the configuration asks for some."""
    found = api.routes(hub)
    for name, asked in (("prometheus", hub.config.prometheus.enabled), ("page", hub.config.http.page)):
        if asked:
            found += import_module(f"openpower_hub.{name}").routes(hub)
    return found


class HTTP:
    """Serves homes over HTTP until it is cancelled."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.address = ""
        """Where it is served, such as ``http://127.0.0.1:8484``; empty while it is not."""

    async def run(self) -> None:
        """Listen and serve.

        Raises:
            ConfigurationError: it may not, or cannot, listen there.
            NetworkError: the port is in use.
        """
        config = self._hub.config.http
        check_tokens(config)
        app = application(self._hub)
        listening = _listen(config)
        server = _Server(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                log_config=None,
                log_level=logging.CRITICAL,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # the gate has to see that a proxy sent it
                timeout_graceful_shutdown=_GRACE_S,
                limit_concurrency=_MOST_CONNECTIONS,
            )
        )
        self.address = _address(config, listening)
        sys.stdout.write(f"{'Page' if config.page else 'API'}: {self.address}{'' if config.page else api.ROOT}\n")
        sys.stdout.flush()
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await asyncio.shield(serving)
        finally:
            self.address = ""
            server.should_exit = True
            app.state.closing.set()
            await serving


class _Server(uvicorn.Server):
    """Leaves signals to the hub's process."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _listen(config: HTTPConfig) -> socket.socket:
    where = f"{config.host}:{config.port}"
    try:
        family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            if os.name == "posix":  # elsewhere it would share a port that is in use
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((config.host, config.port or 0))
            listening.listen(128)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise NetworkError(
                f"{where} is in use by another program.", hint="End it, or set another port in [http]."
            ) from None
        raise ConfigurationError(
            f"the hub cannot listen on {where} ({error.strerror}).", hint="Set host and port in [http]."
        ) from None
    listening.setblocking(False)
    return listening


def _address(config: HTTPConfig, listening: socket.socket) -> str:
    host = config.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = socket.gethostname()
    elif is_loopback(host) and host == "localhost":
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
