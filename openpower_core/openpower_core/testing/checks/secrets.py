"""Secrets and serials: canaries that must not turn up in logs, reprs, errors or state files."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import OpenPowerError
from openpower_core.testing.checks._looking import look
from openpower_core.testing.checks._operations import operations
from openpower_core.testing.checks._registry import check
from openpower_core.testing.faults import Trouble

if TYPE_CHECKING:
    from openpower_core.testing.bench import Bench

__all__ = ["not_in_errors", "not_in_logs", "not_in_repr", "not_in_state"]

_TROUBLES: Final[tuple[dict[str, Any], ...]] = (
    {"trouble": Trouble.RESET},
    {"trouble": Trouble.HTML},
    {"trouble": Trouble.NOT_JSON},
    {"trouble": Trouble.STATUS, "status": 401},
    {"trouble": Trouble.STATUS, "status": 400},
    {"trouble": Trouble.STATUS, "status": 500},
)


class _Listener(logging.Handler):
    """Keeps what is logged, as people would see it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class _Listening:
    """Listens to every logger, at the finest level, as long as its block lasts."""

    def __enter__(self) -> _Listener:
        self._listener, self._root = _Listener(), logging.getLogger()
        self._level = self._root.level
        self._root.addHandler(self._listener)
        self._root.setLevel(logging.DEBUG)
        return self._listener

    def __exit__(self, *_: object) -> None:
        self._root.removeHandler(self._listener)
        self._root.setLevel(self._level)


@check()
async def not_in_logs(bench: Bench) -> None:
    """Logs at their finest level hold neither secrets nor whole serials."""
    with _Listening() as listener:
        connection = bench.connect()
        await look(bench, connection, fresh=True)
        if bench.has_relay:
            for trouble in _TROUBLES:
                await _failed(bench, trouble)
    serials = {device.info.serial for device in await bench.devices()}
    _search(bench, "\n".join(listener.lines), "the log", serials)


@check()
async def not_in_errors(bench: Bench) -> None:
    """Errors, with their causes and tracebacks as they are printed, hold no secrets, and mask serials."""
    _ = bench.relay
    serials = {device.info.serial for device in await bench.devices()}
    for trouble in _TROUBLES:
        error = await _failed(bench, trouble)
        if error is not None:
            printed = "".join(traceback.format_exception(error))
            told = {name: value for name, value in vars(error).items() if name != "device_id"}
            what = f"an error ({type(error).__name__})"
            _search(bench, f"{printed} {error!r} {told}", what, serials)


@check()
async def not_in_repr(bench: Bench) -> None:
    """Connection, native API, devices and readings show no secrets in repr; the first three mask serials."""
    seen = await look(bench)
    devices = await bench.devices()
    shown = [repr(bench.home), repr(bench.home.native), *map(repr, devices)]
    shown += [repr(device.native) for device in devices]
    _search(bench, "\n".join(shown), "a repr", {device.info.serial for device in devices})
    _search(bench, repr(list(seen.values())), "the repr of a reading", set())


@check()
async def not_in_state(bench: Bench) -> None:
    """State folders hold neither secrets nor whole serials."""
    bench.need_clock()
    folder = bench.folder()
    connection = bench.connect(state_dir=folder)
    devices = await bench.devices(connection)
    for device in devices:
        for operation in operations(str(device.info.role)):
            if device.capabilities[operation.feature]:
                try:
                    await bench.call(device, operation.method, **operation.wish(bench))
                except OpenPowerError:
                    continue
                bench.later(minutes=30)
    await bench.close(connection)
    stored = b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())
    _search(bench, stored.decode("latin-1"), "a state file", {each.info.serial for each in devices})


async def _failed(bench: Bench, trouble: dict[str, Any]) -> OpenPowerError | None:
    bench.relay.fail(times=10_000, **trouble)
    try:
        await look(bench, bench.connect())
    except OpenPowerError as error:
        return error
    finally:
        bench.relay.clear()
        if bench.is_timed:
            bench.later(hours=2)
    return None


def _search(bench: Bench, text: str, where: str, serials: set[str]) -> None:
    for name, value in bench.secrets().items():
        if value in text:
            bench.fail(
                f"The {name} stands in {where}.",
                "Keep it in a Secret, and reveal it only where a request is signed; name it to the HTTP client.",
            )
    for serial in serials:
        if len(serial) > 8 and serial in text:
            bench.fail(f"A whole serial stands in {where}.", "Show mask(serial).")
