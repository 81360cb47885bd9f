"""Secrets and serials: canaries that must not appear in logs, reprs, errors or state files."""

from __future__ import annotations

import gc
import logging
import traceback
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import OpenPowerError
from openpower_testing.checks._base import Operation, check, look, operations, other_operations
from openpower_testing.faults import Trouble

if TYPE_CHECKING:
    from openpower_testing.harness import Harness

_TROUBLES: Final[tuple[dict[str, Any], ...]] = (
    {"trouble": Trouble.RESET},
    {"trouble": Trouble.HTML},
    {"trouble": Trouble.NOT_JSON},
    {"trouble": Trouble.STATUS, "status": 401},
    {"trouble": Trouble.STATUS, "status": 400},
    {"trouble": Trouble.STATUS, "status": 500},
)


class Listener(logging.Handler):
    """Keeps log messages as users would see them."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # The emulator's server is not the provider.
        if record.name.partition(".")[0] != "uvicorn":
            self.lines.append(self.format(record))


@contextmanager
def listening() -> Generator[Listener]:
    """Listen to every logger, at the finest level, as long as the block lasts."""
    listener, root = Listener(), logging.getLogger()
    # Applications may stop records before the root logger (the command line does so with ours), so it is not enough.
    known = [each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
    # A handler on the loggers of the emulator's server would start its log of requests.
    loggers = [root, *(each for each in known if not each.propagate and not each.name.startswith("uvicorn"))]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.addHandler(listener)
        each.setLevel(logging.DEBUG)
    try:
        yield listener
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.removeHandler(listener)
            each.setLevel(level)


@check("secrets")
async def not_in_logs(harness: Harness) -> None:
    """Logs at their finest level contain neither secrets nor whole serials."""
    gc.collect()  # what earlier tests of the process left is logged when it is destroyed, so before this listens
    with listening() as listener:
        connection = harness.connect()
        await look(harness, connection, fresh=True)
        if harness.has_relay:
            for trouble in _TROUBLES:
                await _failed(harness, trouble)
    serials = {device.info.serial for device in await harness.devices()}
    _search(harness, "\n".join(listener.lines), "the log", serials)


@check("secrets")
async def not_in_errors(harness: Harness) -> None:
    """Errors, with their causes and tracebacks as they are printed, contain no secrets, and mask serials.

    Nor do the variables of the frames that they leave, which pytest and tools that report errors print.
    """
    _ = harness.relay
    serials = {device.info.serial for device in await harness.devices()}
    for trouble in _TROUBLES:
        error = await _failed(harness, trouble)
        if error is not None:
            printed = "".join(traceback.format_exception(error))
            reported = {name: value for name, value in vars(error).items() if name != "device_id"}
            what = f"an error ({type(error).__name__})"
            _search(harness, f"{printed} {error!r} {reported}", what, serials)
            frames = traceback.TracebackException.from_exception(error, capture_locals=True)
            _search(harness, "".join(frames.format()), f"a variable of a frame that {what} leaves", set())


@check("secrets")
async def not_in_repr(harness: Harness) -> None:
    """Connection, native API, devices and readings show no secrets in repr; the first three mask serials."""
    seen = await look(harness)
    devices = await harness.devices()
    shown = [repr(harness.home), repr(harness.home.native), *map(repr, devices)]
    shown += [repr(device.native) for device in devices]
    _search(harness, "\n".join(shown), "a repr", {device.info.serial for device in devices})
    _search(harness, repr(list(seen.values())), "the repr of a reading", set())


@check("secrets")
async def not_in_state(harness: Harness) -> None:
    """State folders contain neither secrets nor whole serials."""
    harness.need_clock()
    folder = harness.folder()
    connection = harness.connect(state_dir=folder)
    devices = await harness.devices(connection)
    serials = {device.info.serial for device in devices}
    for device in devices:
        role = str(device.info.role)
        for operation in [*operations(role), *other_operations(role)]:
            if device.capabilities[operation.feature]:
                with suppress(OpenPowerError):
                    await harness.call(device, operation.method, **operation.desired(harness))
                # After each write, because its restore point may be gone after the next.
                _search_folder(harness, folder, operation, serials)
                harness.later(minutes=30)
    await harness.close(connection)


def _search_folder(harness: Harness, folder: Path, operation: Operation, serials: set[str]) -> None:
    stored = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    where = f"the state folder after {operation.method}"
    _search(harness, stored.decode("latin-1"), where, serials, "The result of dump() must not identify the device.")


async def _failed(harness: Harness, trouble: dict[str, Any]) -> OpenPowerError | None:
    harness.relay.fail(times=10_000, **trouble)
    try:
        await look(harness, harness.connect())
    except OpenPowerError as error:
        return error
    finally:
        harness.relay.clear()
        if harness.is_timed:
            harness.later(hours=2)
    return None


def _search(harness: Harness, text: str, where: str, serials: set[str], remedy: str = "Show mask(serial).") -> None:
    for name, value in harness.secrets().items():
        if value in text:
            harness.fail(
                f"The {name} appears in {where}.",
                "Keep it in a Secret, and reveal it only where a request is signed; pass it to the HTTP client as one of its secrets.",
            )
    for serial in serials:
        if len(serial) > 8 and serial in text:
            harness.fail(f"A whole serial appears in {where}.", remedy)
