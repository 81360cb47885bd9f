"""``openpower history``: past readings, drawn and summed up on the screen, or saved to a file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final

from attrs import frozen
from cyclopts import Parameter

from openpower import DeviceInfo, Feature, InvalidValue, OpenPowerError, Reading, Role, mask
from openpower.cli.arguments import connect_to, local, note_zone, time_text, zone_of
from openpower.cli.home import INCOMPLETE, failures_data
from openpower.cli.options import PLAIN, Common, Name
from openpower.cli.output import (
    console,
    energy,
    is_terminal,
    percent,
    power,
    print_error,
    print_json,
    print_lines,
    show_table,
)
from openpower.cli.series import DAYS, Days, in_parts, incomplete
from openpower.cli.tables import check_output, flat, save_history
from openpower_core.connection.context import state_folder
from openpower_core.convert import to_dict

_DAY: Final = timedelta(hours=25)
_Found = tuple[DeviceInfo, Reading]


def history(
    name: Name = None,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    days: Days = DAYS,
    common: Common = PLAIN,
) -> int:
    """Show past power and energy, or save the readings of the devices to a file.

    What openpower run has recorded is taken from there; the vendor is asked for the rest.

    Args:
        output: the file, ending in .csv, .jsonl or .parquet; it is written only when complete.
    """
    if output is not None:
        check_output(output)
    _, connection = connect_to(name, common)
    with connection:
        devices: list[Any] = [device for device in connection.devices() if device.capabilities[Feature.HISTORY]]
        if not devices:
            raise InvalidValue("no device of this home keeps a history.")
        tz = next((device.info.tz for device in devices if device.info.tz), None)
        quiet = common.json
        found = _recorded(devices, days.range(tz), every=output is not None, quiet=quiet)
        there = {device.id for device, _ in found}
        data: dict[str, Any] = {"recorded": len(found)}
        others = [device for device in devices if device.info.id not in there]
        pieces = days.pieces("history", tz, step=timedelta(days=1)) if others else ()
        asked, failures = in_parts(others, pieces, _ask)
        found += asked
        failures += connection.failures
    data |= {"readings": len(found), "failures": failures_data(failures)}
    if output is None:
        shown = _on_screen(found, days.range(tz), tz, data, json=quiet)
        return incomplete(failures, quiet=quiet) or shown
    save_history(found, _row, output)
    if quiet:
        print_json({"file": str(output), **data})
    else:
        print_lines([f"{len(found)} readings in {output}"])
    return incomplete(failures, quiet=quiet)


def _recorded(devices: Sequence[Any], span: tuple[datetime, datetime], *, every: bool, quiet: bool) -> list[_Found]:
    """What openpower run has recorded of devices, as far as it has all of the time."""
    if find_spec("openpower_hub") is None or not _hub_has_run():
        return []
    from openpower_hub.history.past import recorded  # with SQLAlchemy, which takes its time

    infos: list[DeviceInfo] = [device.info for device in devices]
    try:
        by_id = recorded(infos, *span, every=every)
    except OpenPowerError as error:
        print_error(f"note: {error} The vendor is asked instead.")
        return []
    if by_id and not quiet:
        rest = len(infos) - len(by_id)
        print_error(f"note: from the history of openpower run{f'; {rest} devices from their vendor' if rest else ''}.")
    return [(info, reading) for info in infos for reading in by_id.get(info.id, ())]


def _hub_has_run() -> bool:
    """Whether there may be a history of the hub."""
    from openpower_hub.config_file import find_file

    named = os.environ.get("OPENPOWER_HISTORY_URL") or find_file()
    return named is not None or (state_folder() / "history.sqlite").exists()


def _on_screen(
    found: Sequence[_Found], span: tuple[datetime, datetime], tz: str | None, data: dict[str, Any], *, json: bool
) -> int:
    """Show what was found, or that there is nothing."""
    flows = _flows(found)
    if json:
        print_json({"file": None, **data, "flows": [each.data for each in flows if each.kind.watts]})
    elif flows:
        _show(flows, *span, tz)
    else:
        print_error("note: there are no readings in this range.")
    return 0 if flows else INCOMPLETE


def _ask(device: Any, start: datetime, end: datetime) -> list[_Found]:
    return [(device.info, reading) for reading in device.history(start, end)]


def _row(device: DeviceInfo, reading: Reading) -> dict[str, Any]:
    """Time (UTC), device, role, quality, and a column for each figure."""
    stamp = reading.stamp
    row: dict[str, Any] = {
        "time": stamp.measured_at or stamp.received_at,
        "device": device.id,
        "role": device.role.value,
        "quality": stamp.quality.value,
    }
    figures: dict[str, Any] = to_dict(reading)
    del figures["stamp"]
    return row | flat(figures)


@frozen
class _Kind:
    """A figure of a role's readings."""

    role: Role
    field: str
    title: str
    style: str
    """Of the colours that the colour-blind tell apart."""
    forward: str = ""
    """What a positive flow is called, where there are negative ones."""
    backward: str = ""
    watts: bool = True
    """Whether it is power; else a percentage."""


_KINDS: Final = (
    _Kind(Role.INVERTER, "pv_w", "Solar", "#E69F00"),
    _Kind(Role.INVERTER, "load_w", "House", "#56B4E9"),
    _Kind(Role.METER, "power_w", "Grid", "#CC79A7", "import", "export"),
    _Kind(Role.BATTERY, "power_w", "Battery", "#009E73", "discharge", "charge"),
    _Kind(Role.BATTERY, "soc_pct", "State of charge", "#009E73", watts=False),
    _Kind(Role.EV_CHARGER, "power_w", "Car", "#0072B2"),
)


@frozen
class _Flow:
    """One figure of one device over time."""

    kind: _Kind
    device: DeviceInfo
    title: str
    values: tuple[tuple[datetime, datetime, float], ...]
    """From when to when, and how much (W or %)."""

    def kwh(self, sign: int = 1) -> float:
        """The energy that flowed in one direction: power over time."""
        hour = timedelta(hours=1)
        return sum(max(sign * value, 0.0) * ((end - start) / hour) for start, end, value in self.values) / 1000

    @property
    def directions(self) -> list[tuple[int, str]]:
        """The signs that it may have, with the name of each."""
        kind = self.kind
        return (
            [(1, f"{self.title} {kind.forward}"), (-1, f"{self.title} {kind.backward}")]
            if kind.backward
            else [(1, self.title)]
        )

    @property
    def data(self) -> dict[str, Any]:
        """The same for programs; energy by direction."""
        names = ("import_kwh", "export_kwh") if self.kind.role is Role.METER else ("discharge_kwh", "charge_kwh")
        energies = {name: self.kwh(sign) for (sign, _), name in zip(self.directions, names, strict=False)}
        figures = energies if self.kind.backward else {"kwh": self.kwh()}
        return {"device": self.device.id, "role": self.device.role.value, "figure": self.kind.field, **figures}


def _flows(found: Sequence[_Found]) -> list[_Flow]:
    """What is known, by figure and device; a figure that no reading has is left out."""
    flows: list[_Flow] = []
    by_device: dict[str, list[_Found]] = {}
    for device, reading in found:
        by_device.setdefault(device.id, []).append((device, reading))
    for kind in _KINDS:
        devices = [each for each in by_device.values() if each[0][0].role is kind.role]
        for readings in devices:
            device = readings[0][0]
            title = f"{kind.title} {mask(device.id)}" if len(devices) > 1 else kind.title
            if values := tuple(_values([reading for _, reading in readings], kind.field)):
                flows.append(_Flow(kind, device, title, values))
    return flows


def _values(readings: Sequence[Reading], field: str) -> Iterator[tuple[datetime, datetime, float]]:
    """Each value, with the time that it stands for: its interval, or up to the next one, unless that is missing."""
    known = sorted({(each.stamp.measured_at or each.stamp.received_at): each for each in readings}.items())
    steps = sorted(after - before for (before, _), (after, _) in pairwise(known))
    usual = steps[len(steps) // 2] if steps else timedelta(minutes=5)
    ends = [*(at for at, _ in known[1:]), datetime.max.replace(tzinfo=UTC)]
    for (at, reading), after in zip(known, ends, strict=True):
        value = getattr(reading, field)
        if value is not None:
            start, end = reading.stamp.interval or (at, after if after - at <= 2 * usual else at + usual)
            yield start, end, float(value)


def _show(flows: Sequence[_Flow], start: datetime, end: datetime, tz: str | None) -> None:
    """Draw every figure, on a terminal, and sum up."""
    if is_terminal():
        from openpower.cli.chart import time_chart  # a pipe gets none

        screen, zone = console(), zone_of(tz) or UTC
        panels = [_panel(flow) for flow in flows]
        for line in time_chart(panels, start=start, end=end, now=datetime.now(UTC), tz=zone, width=screen.width):
            screen.print(line, no_wrap=True, overflow="crop")
        screen.print()
    length = min(end, datetime.now(UTC)) - start
    show_table(("flow", "energy", "known", "highest"), [row for flow in flows for row in _rows(flow, length, tz)])
    note_zone(tz)


def _panel(flow: _Flow) -> Any:
    from openpower.cli.chart import Panel, Span

    kind = flow.kind
    spans = [Span(start, end, value / 1000 if kind.watts else value) for start, end, value in flow.values]
    sides = f" (above: {kind.forward}, below: {kind.backward})" if any(span.value < 0 for span in spans) else ""
    title = f"{flow.title}, {'kW' if kind.watts else '%'}{sides}"
    return Panel(title=title, spans=spans, rows=4, style=lambda _share: kind.style, limit=None if kind.watts else 100.0)


def _rows(flow: _Flow, length: timedelta, tz: str | None) -> Iterator[tuple[str, str, str, str]]:
    known = sum((end - start for start, end, _ in flow.values), timedelta(0)) / length
    text = power if flow.kind.watts else percent
    for sign, title in flow.directions:
        at, _, most = max(flow.values, key=lambda part: sign * part[2])
        when = f"at {local(at, tz):%H:%M}" if length <= _DAY else f"on {time_text(at, tz)}"
        highest = f"{text(abs(most))} {when}" if sign * most > 0 else "–"
        if not flow.kind.watts:
            highest += f", lowest {percent(min(value for _, _, value in flow.values))}"
        yield title, energy(flow.kwh(sign)) if flow.kind.watts else "", f"{min(known, 1.0):.0%}", highest
