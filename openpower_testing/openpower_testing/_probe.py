"""Runs in its own process: imports modules and reports, as JSON, what else was loaded and what they did."""

from __future__ import annotations

import inspect
import json
import os
import sys
import threading
from importlib import import_module
from typing import Any

_NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto")
_OWN = {"os", "_collections_abc", __name__}
_PROCESSES = ("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec")


def main(names: list[str]) -> dict[str, Any]:
    """Import the modules and report what happened, attributed to their top-level packages."""
    roots = {name.partition(".")[0] for name in names}
    did: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _NETWORK:
            did.append(f"network: {event} {arguments[1:]!r}")
        elif event in _PROCESSES:
            did.append(f"process: {event}")

    sys.addaudithook(watch)
    # os.environ has no audit event. Its class is replaced and not the object, because modules may have a reference to it.
    environment = type("Watched", (type(os.environ),), {"__getitem__": _watched(roots, did)})
    os.environ.__class__ = environment
    before = set(threading.enumerate())
    for name in names:
        import_module(name)
    did += [f"thread: {each.name}" for each in threading.enumerate() if each not in before]
    return {"loaded": sorted(sys.modules), "did": did}


def _watched(roots: set[str], did: list[str]) -> Any:
    plain: Any = type(os.environ).__getitem__

    def watched(self: Any, key: str) -> str:
        # The reader is found on the stack: the standard library reads the environment as well, which is allowed.
        frame = inspect.currentframe()
        while frame is not None and frame.f_globals.get("__name__") in _OWN:
            frame = frame.f_back
        reader = str(frame.f_globals.get("__name__")) if frame is not None else ""
        if reader.partition(".")[0] in roots:
            did.append(f"environment: {reader} read {key}")
        value: str = plain(self, key)
        return value

    return watched


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1:])))
