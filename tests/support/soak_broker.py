"""A broker from the package index, as a process that can be killed: ``python soak_broker.py PORT``. It keeps nothing."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from amqtt.broker import Broker


async def main(port: str) -> None:
    """Serve until it is killed."""
    plugins: dict[str, Any] = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    listeners = {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}
    await Broker({"listeners": listeners, "plugins": plugins}).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
