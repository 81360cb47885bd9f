"""The emulated inverter on the network: UDP or Modbus TCP on loopback, in a thread, with faults on request."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Protocol

from openpower_goodwe.local.emulator.faults import Fault, FaultKind, Faults, spoilt
from openpower_goodwe.local.emulator.frames import Framing, ModbusRefusal, ModbusRequest, parse, refusal
from openpower_goodwe.local.emulator.hybrids import EmulatedET
from openpower_simulation.emulation import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Callable


_KEPT: Final = 10_000


class RequestLog:
    """The requests that arrived; the oldest are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[ModbusRequest] = deque(maxlen=_KEPT)
        self._under_way = 0
        self.count = 0
        """How many requests arrived in all."""
        self.most_at_once = 0
        """How many requests were ever waiting for their answers at the same time."""

    @property
    def asked(self) -> list[ModbusRequest]:
        """The requests, oldest first."""
        with self._lock:
            return list(self._requests)

    @property
    def writes(self) -> list[ModbusRequest]:
        """Those that change something."""
        return [each for each in self.asked if each.writes]

    def clear(self) -> None:
        """Forget what was logged."""
        with self._lock:
            self._requests.clear()
            self.count = self.most_at_once = 0

    def begin(self, request: ModbusRequest) -> None:
        """Note that a request arrived."""
        with self._lock:
            self._requests.append(request)
            self.count += 1
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)

    def end(self) -> None:
        """Note that its answer left, or that it will have none."""
        with self._lock:
            self._under_way -= 1


_MOST_REQUESTS: Final = 1_000_000
_MOST_BYTES: Final = 512


class Responder(Protocol):
    """What answers requests: an inverter over the simulated house, or captured datagrams."""

    @property
    def family(self) -> str:
        """ET, ES or DT."""
        ...

    def awake(self) -> bool:
        """Whether it answers at all."""
        ...

    def answer(self, request: ModbusRequest) -> bytes | None:
        """The whole response; None for silence. Raises :class:`ModbusRefusal`."""
        ...


class ServedInverter(LoopbackServer):
    """An inverter on loopback; stopped by :meth:`stop` or the end of its ``with`` block.

    with serve() as served:
        connect("goodwe-local", **served.options)

    Args:
        inverter: who answers.
        host: where to listen.
        port: 0 takes a free one.
        protocol: ``"udp"``, or ``"tcp"`` for Modbus TCP.
        latency_s: how long each response takes (real seconds).
    """

    def __init__(
        self,
        inverter: Responder,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        protocol: str = "udp",
        latency_s: float = 0.0,
    ) -> None:
        self.inverter = inverter
        self.faults = Faults()
        self.log = RequestLog()
        self.latency_s = latency_s
        self.asleep = False
        """Set it to have the inverter fall silent, as at night."""
        self.mute: set[int] = set()
        """First registers of reads that it never answers, as some firmware does where others refuse."""
        self.refused: dict[int, int] = {}
        """First registers of reads that it refuses, with the exception's code."""
        self._protocol = protocol
        self._tasks: set[asyncio.Task[None]] = set()
        self.streams: set[asyncio.WriteTransport] = set()
        """Modbus TCP connections that are open."""
        self.most_streams = 10
        """How many of them it takes at a time; many dongles take one, and reset others."""
        self.accepted = 0
        """How many it has taken in all."""
        super().__init__(host, port, name="goodwe-emulator")

    @property
    def url(self) -> str:
        """Where it listens, such as ``udp://127.0.0.1:49152``."""
        host, port = self.address
        return f"{self._protocol}://{host}:{port}"

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of ``connect`` that reach it."""
        host, port = self.address
        return {"host": host, "port": port, "protocol": self._protocol}

    @property
    def connect_line(self) -> str:
        """A line of Python that connects to it."""
        settings = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f'openpower.connect("goodwe-local", {settings})'

    def receive(self, data: bytes, send: Callable[[bytes], None], *, tcp: bool = False) -> None:
        """Take a request, and have it answered in a while; runs on the server's own loop."""
        if data == b"WIFIKIT-214028-READ":  # the search for dongles; a real one listens for it at port 48899
            send(f"{self.address[0]},ACCF23000000,Solar-WiFi0000".encode())
            return
        request = parse(data[:_MOST_BYTES], tcp=tcp)
        if request is None or self.log.count >= _MOST_REQUESTS:
            return
        self.log.begin(request)
        task = asyncio.get_running_loop().create_task(self._serve(request, send))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, request: ModbusRequest, send: Callable[[bytes], None]) -> None:
        try:
            fault = self.faults.next(request)
            lost = fault is not None and fault.kind is FaultKind.LOST
            if self.asleep or request.first in self.mute or not self.inverter.awake() or lost:
                return
            response = self._respond(request, fault)
            await asyncio.sleep(self.latency_s + (fault.delay_s if fault else 0.0))
            if response is not None:
                for datagram in spoilt(request, response, fault):
                    send(datagram)
        finally:
            self.log.end()

    def _respond(self, request: ModbusRequest, fault: Fault | None) -> bytes | None:
        if fault is not None and fault.kind is FaultKind.REFUSED:
            return _refusal(request, fault.code)
        if not request.writes and request.first in self.refused:
            return _refusal(request, self.refused[request.first])
        try:
            answer = self.inverter.answer(request)
        except ModbusRefusal as error:
            return _refusal(request, error.code)
        return _refusal(request, fault.code) if fault is not None and fault.kind is FaultKind.FAILED else answer

    def _bind(self, host: str, port: int) -> socket.socket:
        if self._protocol == "tcp":
            return socket.create_server((host, port))
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            bound.bind((host, port))
        except OSError:
            bound.close()
            raise
        return bound

    async def _listen(self, bound: socket.socket, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        if self._protocol == "udp":
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self, bound), sock=bound)
            close: Callable[[], None] = transport.close
        else:
            server = await loop.create_server(lambda: _Stream(self), sock=bound)
            close = server.close
        try:
            await stop.wait()
        finally:
            close()
            for stream in tuple(self.streams):
                stream.abort()
            # Sockets are closed in the next iteration of the loop.
            await asyncio.sleep(0)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, served: ServedInverter, bound: socket.socket) -> None:
        self._served = served
        self._bound = bound

    def datagram_received(self, data: bytes, addr: Any) -> None:
        # By the socket itself: asyncio's transport sends no empty datagrams.
        self._served.receive(data, lambda answer: self._send(answer, addr))

    def _send(self, answer: bytes, addr: Any) -> None:
        with contextlib.suppress(OSError):  # a full buffer is a lost datagram
            self._bound.sendto(answer, addr)


class _Stream(asyncio.Protocol):
    def __init__(self, served: ServedInverter) -> None:
        self._served = served
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # asyncio's own typing is this wide
        served = self._served
        if len(served.streams) >= served.most_streams:
            transport.abort()  # type: ignore[attr-defined]
            return
        served.accepted += 1
        served.streams.add(transport)  # type: ignore[arg-type]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  (asyncio's signature)
        transport = self._transport
        if transport is not None:
            self._served.streams.discard(transport)

    def data_received(self, data: bytes) -> None:
        transport = self._transport
        if transport is not None:
            self._served.receive(data, transport.write, tcp=True)


def _refusal(request: ModbusRequest, code: int) -> bytes | None:
    # The older frames have no refusals: the inverter stays silent.
    return None if request.framing is Framing.AA55 else refusal(request, code)


def serve(
    inverter: Responder | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    protocol: str = "udp",
    latency_s: float = 0.0,
) -> ServedInverter:
    """Serve an inverter, or a new hybrid one over a simulated house; port 0 takes a free one.

    with serve() as served:
        connect("goodwe-local", **served.options)
    """
    return ServedInverter(inverter or EmulatedET(), host=host, port=port, protocol=protocol, latency_s=latency_s)
