"""Finding inverters on the local network: the old Wi-Fi dongles answer a broadcast on UDP port 48899.

The library's own search waits 0 seconds (its arguments are shifted by one); newer dongles stay silent, as they do
in GoodWe's own apps.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from attrs import field, frozen

from openpower_goodwe.local.loops import Loop

__all__ = ["Found", "search", "search_async"]

_CALL: Final = b"WIFIKIT-214028-READ"


@frozen(kw_only=True)
class Found:
    """One dongle that answered."""

    host: str
    """What ``connect`` takes."""
    mac: str = ""
    ssid: str = field(default="", repr=False)
    """The network that it offers; its number is often that of the inverter."""


async def search_async(*, within: float = 2.0, address: str = "255.255.255.255", port: int = 48899) -> list[Found]:
    """Ask who is there, and listen for so many seconds."""
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
    """Ask who is there, and listen for so many seconds."""
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
