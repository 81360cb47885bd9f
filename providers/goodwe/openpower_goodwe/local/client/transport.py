"""One request and its response over the home network: UDP, or Modbus TCP; and the broadcast that finds inverters.

By UDP each request has a socket of its own, because the protocol carries no number that would tell the responses apart:
one that comes late, or twice, finds a closed socket. A Modbus TCP connection is kept open until something goes wrong on it.
"""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeVar

from attrs import field, frozen

from openpower_core import provider as core
from openpower_core.provider import NetworkError
from openpower_goodwe.local.client.answers import DamagedAnswer, acceptor, frame_length
from openpower_goodwe.local.client.loops import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class NoAnswer(Exception):
    """Nothing came within the time."""


class CorruptAnswer(Exception):
    """Something came, but no response to this request."""


class Exchange(Protocol):
    """Brings a request to the inverter and its response back; ``transport=`` takes another one (a replayer, say)."""

    async def ask(self, request: bytes, accept: Callable[[bytes], bool | None], within: float) -> bytes:
        """Send once, and return the first response that ``accept`` takes.

        Args:
            request: what to send.
            accept: whether this is the whole response; None for the beginning of one. It may raise, for a refusal.
            within: how long to wait (s).

        Raises:
            NoAnswer: nothing came.
            CorruptAnswer: only damaged or foreign data came.
            NetworkError: it could not be sent, or the other side closed the connection.
        """
        ...


class UdpExchange:
    """Datagrams to one inverter."""

    def __init__(self, host: str, port: int) -> None:
        self._at = (host, port)

    async def ask(self, request: bytes, accept: Callable[[bytes], bool | None], within: float) -> bytes:
        """See :meth:`Exchange.ask`."""
        inbox = _Inbox()
        loop = asyncio.get_running_loop()
        try:
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(inbox), remote_addr=self._at)
        except OSError as error:
            raise _unsent(self._at, error, _UDP_CLOSED) from error
        try:
            transport.sendto(request)
            return await _first(inbox, accept, within)
        except NetworkError as error:
            if isinstance(error.__cause__, ConnectionRefusedError):  # nobody listens: it was not received
                raise _unsent(self._at, error.__cause__, _UDP_CLOSED) from error
            raise
        finally:
            transport.close()


class TcpExchange:
    """Modbus TCP to one inverter."""

    def __init__(self, host: str, port: int) -> None:
        self._at = (host, port)
        self._kept: _Kept | None = None
        self._numbered = False
        """Whether its responses carry the numbers of their requests, as the standard has it."""

    async def ask(self, request: bytes, accept: Callable[[bytes], bool | None], within: float) -> bytes:
        """See :meth:`Exchange.ask`; connecting has as much time again."""

        def numbered(frame: bytes) -> bool:
            return (frame[:2] == request[:2] or not self._numbered) and bool(accept(frame))

        kept = await self._connection(within)
        try:
            kept.transport.write(request)
            answer = await _first_frame(kept.inbox, numbered, within)
        except (NoAnswer, CorruptAnswer, NetworkError, asyncio.CancelledError):
            self.close()  # so that a late response does not meet the next request
            raise
        self._numbered = self._numbered or answer[:2] == request[:2]
        return answer

    def close(self) -> None:
        """Close the connection, from whichever thread."""
        kept, self._kept = self._kept, None
        if kept is not None and not kept.loop.is_closed():
            kept.loop.call_soon_threadsafe(kept.transport.abort)

    async def _connection(self, within: float) -> _Kept:
        kept, loop = self._kept, asyncio.get_running_loop()
        if kept is not None and kept.loop is loop and not kept.inbox.lost and not kept.transport.is_closing():
            kept.inbox.clear()
            return kept
        self.close()
        inbox = _Inbox()
        try:
            async with asyncio.timeout(max(within, 1.0)):
                transport, _ = await loop.create_connection(lambda: _Stream(inbox), *self._at)
        except TimeoutError as error:
            raise NoAnswer from error
        except OSError as error:
            raise _unsent(self._at, error, _TCP_CLOSED) from error
        self._kept = _Kept(loop, transport, inbox)
        return self._kept


class _Inbox:
    """What arrived, or how it broke."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        self.lost = False

    def put(self, what: bytes | Exception) -> None:
        self.lost = self.lost or isinstance(what, Exception)
        self._queue.put_nowait(what)

    async def get(self) -> bytes:
        what = await self._queue.get()
        if isinstance(what, Exception):
            raise NetworkError(f"the connection was lost: {str(what) or type(what).__name__}.") from what
        return what

    def clear(self) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()


class _Kept(NamedTuple):
    """A connection that is kept open, and the event loop that it belongs to."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    inbox: _Inbox


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, inbox: _Inbox) -> None:
        self._inbox = inbox

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ARG002  (asyncio's signature)
        self._inbox.put(data)

    def error_received(self, exc: Exception) -> None:
        self._inbox.put(exc)  # "port unreachable" comes this way


class _Stream(asyncio.Protocol):
    def __init__(self, inbox: _Inbox) -> None:
        self._inbox = inbox

    def data_received(self, data: bytes) -> None:
        self._inbox.put(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._inbox.put(exc or ConnectionResetError("the other side closed the connection"))


async def _first(inbox: _Inbox, accept: Callable[[bytes], bool | None], within: float) -> bytes:
    """The first response that fits; fragments are joined, and the rest is ignored."""
    whole, seen = b"", False
    try:
        async with asyncio.timeout(within):
            while True:
                data = await inbox.get()
                seen = True
                # Perhaps the rest of a response whose beginning came before, perhaps a response of its own after a
                # fragment that will never be completed: try both, joined first.
                for candidate in (whole + data, data) if whole else (data,):
                    verdict = accept(candidate)
                    if verdict:
                        return candidate
                    whole = candidate if verdict is None else b""
                    if verdict is None:
                        break
    except TimeoutError:
        raise (CorruptAnswer if seen else NoAnswer) from None


async def _first_frame(inbox: _Inbox, accept: Callable[[bytes], bool | None], within: float) -> bytes:
    """The first response in a stream that fits; others are dropped."""
    stream, seen = b"", False
    try:
        async with asyncio.timeout(within):
            while True:
                stream += await inbox.get()
                seen = True
                while (length := frame_length(stream)) is not None and length <= len(stream):
                    frame, stream = stream[:length], stream[length:]
                    if accept(frame):
                        return frame
    except DamagedAnswer:
        raise CorruptAnswer from None
    except TimeoutError:
        raise (CorruptAnswer if seen else NoAnswer) from None


_WHERE: Final = "Is the address right, and is this machine on the same network?"
_UDP_CLOSED: Final = (
    "Nothing listens there. Kit-20 and V2.0 dongles speak Modbus TCP only: port=502, to be enabled in SolarGo."
)
_TCP_CLOSED: Final = (
    "Modbus TCP is to be enabled in SolarGo, and many dongles allow one connection: does another program hold it?"
)


def _unsent(at: tuple[str, int], error: OSError, closed: str) -> NetworkError:
    return NetworkError(
        f"{at[0]}:{at[1]} cannot be reached: {error}.",
        nothing_sent=True,
        hint=closed if isinstance(error, ConnectionRefusedError | ConnectionResetError) else _WHERE,
    )


_CALL: Final = b"WIFIKIT-214028-READ"
_SEARCH_PORT: Final = 48899
_EVERYBODY: Final = "255.255.255.255"


@frozen(kw_only=True)
class Found:
    """One dongle that answered."""

    host: str
    """What ``connect`` takes."""
    mac: str = ""
    ssid: str = field(default="", repr=False)
    """The network that it offers; its number often equals the inverter's."""


async def search_async(*, within: float = 2.0, address: str = _EVERYBODY, port: int = _SEARCH_PORT) -> list[Found]:
    """Send the broadcast, and listen for so many seconds."""
    heard: list[Found] = []
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Listening(heard),
        local_addr=("0.0.0.0", 0),  # noqa: S104  (answers come to whichever interface was asked)
        allow_broadcast=True,
    )
    try:
        for _ in range(2):  # one of them may get lost
            transport.sendto(_CALL, (address, port))
            await asyncio.sleep(within / 2)
    finally:
        transport.close()
    return heard


def search(*, within: float = 2.0, address: str = _EVERYBODY, port: int = _SEARCH_PORT) -> list[Found]:
    """Send the broadcast, and listen for so many seconds."""
    return _blocking(lambda: search_async(within=within, address=address, port=port))


class _Listening(asyncio.DatagramProtocol):
    def __init__(self, heard: list[Found]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if data == _CALL:  # ours, from ourselves
            return
        host, mac, ssid = (*data.decode("ascii", "replace").split(","), "", "")[:3]
        found = Found(host=_address(host) or str(addr[0]), mac=mac.strip(), ssid=ssid.strip())
        if found not in self._heard:
            self._heard.append(found)


def _address(text: str) -> str:
    """The IP address that a dongle says it has; whoever answers a broadcast may send anything."""
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return ""


_IDENTIFY: Final = bytes.fromhex("aa55c07f0102000241")
"""The older protocol's question for model and serial number, which most inverters answer whatever their family."""
_MODEL: Final = slice(12, 22)
_SERIAL: Final = slice(38, 54)


async def discover_async(
    timeout: float,
    clock: core.Clock,  # noqa: ARG001  (the network does not wait for a clock of ours)
    *,
    address: str = _EVERYBODY,
    ports: tuple[int, int, int] = (_SEARCH_PORT, 8899, 502),
) -> list[core.Found]:
    """Inverters that answer GoodWe's broadcast, each asked for its model and serial number.

    Args:
        timeout: seconds in all: half of them to listen, half to ask.
        clock: not used.
        address: where to send the broadcast.
        ports: that of the search, of UDP, and of Modbus TCP.
    """
    search_port, udp, tcp = ports
    try:
        dongles = await search_async(within=timeout / 2, address=address, port=search_port)
    except OSError:  # no network at all
        return []
    hosts = {each.host: each for each in dongles}  # one that has two networks answers twice
    return list(await asyncio.gather(*(_identified(host, udp, tcp, timeout / 4) for host in hosts)))


def discover(
    timeout: float,
    clock: core.Clock,
    *,
    address: str = _EVERYBODY,
    ports: tuple[int, int, int] = (_SEARCH_PORT, 8899, 502),
) -> list[core.Found]:
    """:func:`discover_async`, blocking."""
    return _blocking(lambda: discover_async(timeout, clock, address=address, ports=ports))


async def _identified(host: str, udp: int, tcp: int, within: float) -> core.Found:
    accept = acceptor(_IDENTIFY, tcp=False)
    model = serial = None
    options = {"host": host}
    try:
        answer = await UdpExchange(host, udp).ask(_IDENTIFY, accept, within)
    except (NoAnswer, CorruptAnswer, NetworkError):
        if await _listens(host, tcp, within):
            options["port"] = str(tcp)
    else:
        model, serial = (_text(answer[at]) for at in (_MODEL, _SERIAL))
    title = f"GoodWe {model}" if model else "GoodWe inverter"
    return core.Found(provider="goodwe-local", title=title, options=options, serial=serial, model=model)


def _text(data: bytes) -> str | None:
    return core.clean(data.decode("ascii", "replace")).strip("\0 ") or None


async def _listens(host: str, port: int, within: float) -> bool:
    """Whether a dongle speaks Modbus TCP only, as newer ones do."""
    try:
        async with asyncio.timeout(within):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


def _blocking(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
    loop = Loop()
    try:
        return loop.run(call)
    finally:
        loop.close()
