"""Commands in people's words: what the battery will do, until when, and what it goes back to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower.cli.figures import percent, power
from openpower.cli.receipts import time_text
from openpower.cli.schedule_text import schedule_text
from openpower.cli.target import state_folder
from openpower_core.capabilities import Feature
from openpower_core.control import BatteryMode
from openpower_core.errors import OpenPowerError
from openpower_core.write import SQLiteStore
from openpower_core.write.entries import box_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from openpower_core.control import BatteryCommand

__all__ = ["command_text", "end_text", "what_comes_back"]

_WORDS: Final = {
    BatteryMode.AUTO: "let the battery serve the house",
    BatteryMode.CHARGE: "charge the battery",
    BatteryMode.HOLD: "keep what is in the battery",
    BatteryMode.EXPORT: "discharge the battery into the grid",
}


def command_text(command: BatteryCommand, local: Callable[[datetime], datetime]) -> str:
    """``charge the battery to 80 % at 3.00 kW until Mon 23 Nov 06:00``."""
    words = _WORDS.get(command.mode, command.mode.value)
    if command.target_soc_pct is not None:
        words += f" to {percent(command.target_soc_pct)}"
    if command.power_w is not None:
        words += f" at {power(command.power_w)}"
    if command.until is not None:
        words += f" until {time_text(command.until, local)}"
    return words


def end_text(command: BatteryCommand, local: Callable[[datetime], datetime], home: str) -> str:
    """When it ends, where the device keeps the end, or that it has none."""
    if command.mode is BatteryMode.AUTO:
        return ""
    if command.until is None:
        return f"not by itself; openpower release {home} ends it"
    return f"{time_text(command.until, local)}, by itself"


def what_comes_back(device: Any) -> str:
    """What the battery does once the command has ended: its schedule, as the vendor holds it now."""
    if not device.capabilities[Feature.SCHEDULE]:
        return "what was there before comes back"
    try:
        if _commanded(device):
            return "what was there before the earlier command comes back"
        schedule = device.schedule()
        if not schedule.windows:
            return f"{schedule.otherwise.value} at all times, as before"
        return f"the schedule comes back: {schedule_text(schedule)}"
    except OpenPowerError:
        return "what was there before comes back"  # the plan, which reads too, tells what is wrong


def _commanded(device: Any) -> bool:
    """Whether an earlier command still stands, so that the vendor's schedule may be that command."""
    folder = state_folder()
    if not folder.exists():
        return False
    store = SQLiteStore(folder)
    try:
        return bool(store.points(box_of(device.info)))
    finally:
        store.close()
