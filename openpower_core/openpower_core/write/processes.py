"""Other processes of this machine: whether one is alive, when it started, and where its id is valid."""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from pathlib import Path

from openpower_core.waiting import in_forked_child


def alive(pid: int) -> bool:
    """Whether there is a process with that id."""
    if os.name == "nt":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is alive, and belongs to another user
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    return _stat(pid)[:1] == ["Z"]


def _stat(pid: int) -> list[str]:
    """The fields of Linux's ``/proc/<pid>/stat`` after the command, which may contain spaces; elsewhere nothing."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def born(pid: int) -> str:
    """When a process started, as the kernel reports it; empty where that is unknown."""
    stat = _stat(pid)
    # Field 22 of proc(5), the start in clock ticks since boot; the two fields before the state are cut off.
    return stat[19] if len(stat) > 19 else ""


own_birth = lru_cache(maxsize=1)(born)
"""The same of this process, which is asked at each write."""
in_forked_child(own_birth.cache_clear)


@lru_cache(maxsize=4)
def place(pid: int) -> str:  # noqa: ARG001  (a forked process may sit in another container)
    """The machine since its start, and the container."""
    return "|".join((socket.gethostname(), _read("/proc/sys/kernel/random/boot_id"), _namespace()))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _alive_on_windows(pid: int) -> bool:
    """Ask Windows, where ``os.kill`` would end the process instead of asking."""
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  (type checkers elsewhere know no windll)
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return bool(kernel.GetLastError() == 5)  # access denied: it is alive
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == 259  # STILL_ACTIVE
