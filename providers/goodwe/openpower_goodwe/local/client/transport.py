"""One request and its response over the home network: UDP, or Modbus TCP; and the broadcast that finds inverters.

Each request has a socket of its own. A response that comes late, or twice, then finds a closed socket and is never
taken for the response to another request: the protocol of the inverters carries no number that would tell them apart.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Protocol

from attrs import field, frozen

from openpower_core.provider import NetworkError
from openpower_goodwe.local.client.loops import Loop

if TYPE_CHECKING:
    from collections.abc import Callable


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
            raise _unsent(self._at, error) from error
        try:
            transport.sendto(request)
            return await _first(inbox, accept, within)
        finally:
            transport.close()


class TcpExchange:
    """Modbus TCP to one inverter."""

    def __init__(self, host: str, port: int) -> None:
        self._at = (host, port)

    async def ask(self, request: bytes, accept: Callable[[bytes], bool | None], within: float) -> bytes:
        """See :meth:`Exchange.ask`; half of the time may go into connecting."""
        inbox = _Inbox()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(max(within, 1.0)):
                transport, _ = await loop.create_connection(lambda: _Stream(inbox), *self._at)
        except TimeoutError as error:
            raise NoAnswer from error
        except OSError as error:
            raise _unsent(self._at, error) from error
        try:
            transport.write(request)
            return await _first(inbox, accept, within)
        finally:
            transport.close()


class _Inbox:
    """What arrived, or how it broke."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | Exception] = asyncio.Queue()

    def put(self, what: bytes | Exception) -> None:
        self._queue.put_nowait(what)

    async def get(self) -> bytes:
        what = await self._queue.get()
        if isinstance(what, Exception):
            raise NetworkError(f"the connection was lost: {str(what) or type(what).__name__}.") from what
        return what


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


def _unsent(at: tuple[str, int], error: OSError) -> NetworkError:
    return NetworkError(
        f"{at[0]}:{at[1]} cannot be reached: {error}.",
        nothing_sent=True,
        hint="Is the address right, and is this machine on the same network?",
    )


_CALL: Final = b"WIFIKIT-214028-READ"


@frozen(kw_only=True)
class Found:
    """One dongle that answered."""

    host: str
    """What ``connect`` takes."""
    mac: str = ""
    ssid: str = field(default="", repr=False)
    """The network that it offers; its number often equals the inverter's."""


async def search_async(*, within: float = 2.0, address: str = "255.255.255.255", port: int = 48899) -> list[Found]:
    """Send the broadcast, and listen for so many seconds."""
    heard: list[Found] = []
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Listening(heard),
        local_addr=("0.0.0.0", 0),  # noqa: S104  (answers come to whichever interface was asked)
        allow_broadcast=True,
    )
    try:
        transport.sendto(_CALL, (address, port))
        await asyncio.sleep(within)
    finally:
        transport.close()
    return heard


def search(*, within: float = 2.0, address: str = "255.255.255.255", port: int = 48899) -> list[Found]:
    """Send the broadcast, and listen for so many seconds."""
    loop = Loop()
    try:
        return loop.run(lambda: search_async(within=within, address=address, port=port))
    finally:
        loop.close()


class _Listening(asyncio.DatagramProtocol):
    def __init__(self, heard: list[Found]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: Any) -> None:
        host, mac, ssid = (*data.decode("ascii", "replace").split(","), "", "")[:3]
        found = Found(host=host.strip() or str(addr[0]), mac=mac.strip(), ssid=ssid.strip())
        if found not in self._heard:
            self._heard.append(found)
