"""Who may write to a box, across processes: a lease that outlives no crash."""

from __future__ import annotations

import os
import socket
import uuid
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from attrs import field, frozen

from openpower_core.checks import aware

__all__ = ["LEASE", "Holder", "holder", "is_over"]

LEASE: Final = timedelta(minutes=5)
"""How long a lease lasts where nobody can tell whether its holder still lives; longer than any one send."""


@frozen(kw_only=True)
class Holder:
    """The process that holds a lease, described so that others can tell whether it still lives."""

    token: str
    """Tells two leases of one process apart."""
    place: str
    """The machine since it was started, and the container: process ids mean something only there."""
    pid: int
    born: str
    """When the process started, in the kernel's words: ids are used again, this is not."""
    expires_at: datetime = field(converter=aware)


def holder(now: datetime) -> Holder:
    """Describe this process, with a lease that begins now."""
    pid = os.getpid()
    return Holder(token=uuid.uuid4().hex, place=_place(pid), pid=pid, born=_born(pid), expires_at=now + LEASE)


def is_over(other: Holder, now: datetime) -> bool:
    """Tell whether a lease may be taken over.

    Seen from the same place, its holder lives or does not, whatever the clocks say. From another machine
    or container only the time tells, and also where nobody can say whether a process id was used again.
    The caller has made sure that nobody else in this process holds it.
    """
    pid = os.getpid()
    if other.place != _place(pid):
        return now >= other.expires_at
    if other.pid == pid and other.born == _born(pid):
        return True
    if not _alive(other.pid) or _born(other.pid) != other.born:
        return True
    return not other.born and now >= other.expires_at


def _alive(pid: int) -> bool:
    if os.name == "nt":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives, and belongs to somebody else
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    return _stat(pid)[:1] == ["Z"]


def _stat(pid: int) -> list[str]:
    """The fields of Linux's ``/proc/<pid>/stat`` after the command, which may hold spaces; else nothing."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _born(pid: int) -> str:
    stat = _stat(pid)
    return stat[19] if len(stat) > 19 else ""


@lru_cache(maxsize=4)
def _place(pid: int) -> str:  # noqa: ARG001  (a forked process may sit in another container)
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
        return bool(kernel.GetLastError() == 5)  # access denied: it lives
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == 259  # STILL_ACTIVE
