"""The status of a home: what is read, what each line says, and how it is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from attrs import frozen
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from openpower import (
    BatteryInfo,
    BatteryReading,
    Channel,
    ChargerStatus,
    Connection,
    DeviceInfo,
    EVChargerReading,
    Failure,
    Feature,
    InverterReading,
    OpenPowerError,
    Price,
    PriceSeries,
    Quality,
    Reading,
    Role,
    Site,
    Snapshot,
)
from openpower.cli.arguments import error_text, local
from openpower.cli.chart import usual_range
from openpower.cli.output import WIDE, console, energy, is_terminal, money, percent, power, print_lines, wrapped
from openpower.cli.overdue import OVERDUE, Overdue, active_at
from openpower_core.registry import load

INCOMPLETE: Final = 9
"""The exit code of a command that shows a home of which a part could not be found or read."""
_BAR_WIDTH: Final = 18
_CURVE_WIDTH: Final = 48
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_AHEAD: Final = timedelta(hours=24)
_NOTEWORTHY_W: Final = 200
"""Below this residual the devices merely measured at different times; from here on the status reports it."""


@frozen(kw_only=True)
class HomeView:
    """A home at one instant, ready to be displayed."""

    name: str
    snapshot: Snapshot
    devices: tuple[DeviceInfo, ...]
    ahead: PriceSeries | None = None
    """Import prices of the next 24 hours; None if there is no retailer, or it has no forecast."""
    commands: tuple[Overdue, ...] = ()
    """What openpower has commanded and not released, whoever did: a process that was killed leaves it."""
    providers: tuple[str, ...] = ()

    @property
    def overdue(self) -> tuple[Overdue, ...]:
        """The commands whose end has passed without a release."""
        return tuple(each for each in self.commands if each.command.overdue)

    @property
    def code(self) -> int:
        """The exit code of a command that shows it."""
        return OVERDUE if self.overdue else INCOMPLETE if self.snapshot.failures or not self.devices else 0

    @property
    def at(self) -> datetime:
        """When the newest figure was measured, or when it arrived."""
        stamps = [reading.stamp for reading in self.snapshot.readings.values()]
        return max((stamp.measured_at or stamp.received_at for stamp in stamps), default=self.snapshot.at)

    @property
    def tz(self) -> str | None:
        """The home's zone; None if no device knows it."""
        return next((device.tz for device in self.devices if device.tz), None)

    def local(self, instant: datetime) -> datetime:
        """An instant on the home's own clock, or in UTC if its zone is unknown."""
        return local(instant, self.tz)

    def of(self, role: Role) -> list[tuple[DeviceInfo, Reading | None]]:
        """The devices with that role, each with its reading."""
        return [(device, self.snapshot.readings.get(device.id)) for device in self.devices if device.role is role]


def read_home(site: Site, *, name: str, snapshot: Snapshot | None = None) -> HomeView:
    """Read a whole home, unless it was read already; what fails is listed beside what works.

    Raises:
        OpenPowerError: no part of it could be read.
    """
    snapshot = snapshot or site.snapshot()
    if snapshot.empty:
        raise snapshot.failures[0].error
    infos: list[DeviceInfo] = []
    commands: list[Overdue] = []
    ahead: PriceSeries | None = None
    for connection in site.connections:
        if any(_is_whole(failure) and failure.provider == connection.provider for failure in snapshot.failures):
            continue  # its devices could not be listed; asking again would not help
        infos += [device.info for device in connection.devices()]
        commands += active_at(connection, name.replace(" + ", " "))
        ahead = ahead or _prices_ahead(connection)
    return HomeView(
        name=name,
        snapshot=snapshot,
        devices=tuple(infos),
        ahead=ahead,
        commands=tuple(commands),
        providers=tuple(connection.provider for connection in site.connections),
    )


def _is_whole(failure: Failure) -> bool:
    """Whether a whole provider failed, and not only a device or a part of it."""
    return failure.device is None and not failure.part


def failure_text(failure: Failure) -> str:
    """``The station 12…89 could not be read: …``."""
    named = f"{failure.device.role.words if failure.device else ''} {failure.part}".strip() or failure.provider
    return f"The {named} could not be {'read' if failure.device else 'found'}: {error_text(failure.error)}"


def failures_data(failures: Iterable[Failure]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "provider": each.provider,
            "part": each.part,
            "device": each.device and each.device.id,
            **error_data(each.error),
        }
        for each in failures
    ]


def error_data(error: OpenPowerError) -> dict[str, str]:
    """An error beside what did succeed, for programs."""
    return {"type": type(error).__name__, "message": error_text(error)}


def issue_lines(device: DeviceInfo, reading: Reading) -> list[str]:
    """Which figures are missing or were refused; a reason that several have in common is said once."""
    role = device.role.words
    reasons: dict[str, list[str]] = {}
    for issue in reading.issues:
        reasons.setdefault(issue.reason, []).append(issue.field)
    return [f"The {role}'s {', '.join(fields)}: {reason}." for reason, fields in reasons.items()]


def nothing_found(providers: Iterable[str]) -> str:
    """What to do where a provider lists no device."""
    places = [place for place in (load(name).docs_url for name in providers) if place]
    where = f" See {', '.join(places)}." if places else ""
    return f"No device was found: nothing is bound to this account, or it may not be seen by these credentials.{where}"


def _prices_ahead(connection: Connection[Any]) -> PriceSeries | None:
    for retailer in connection.retailers():
        if retailer.capabilities[Feature.FORECAST]:
            try:
                series = retailer.prices(channel=Channel.IMPORT)
            except OpenPowerError:
                continue  # the failures of the snapshot say why, if it matters
            end = series[0].start + _AHEAD if series else None
            return PriceSeries(price for price in series if end is None or price.start < end)
    return None


@frozen(kw_only=True)
class _Row:
    """One line of a status: a name, a figure, a remark, and the length of its bar."""

    name: str
    figure: str
    words: str = ""
    watts: float | None = None
    """Size of the flow, for a bar."""
    level_pct: float | None = None
    """State of charge, for a gauge."""
    style: str = ""


def _flow_rows(home: HomeView) -> Iterator[_Row]:
    """Solar, house, grid, batteries and chargers; only what the home has."""
    flows = home.snapshot.balance
    if home.of(Role.INVERTER):
        today = _pv_today_kwh(home)
        words = f"{energy(today)} today" if today is not None else ""
        yield _Row(name="Solar", figure=power(flows.pv_w), words=words, watts=flows.pv_w, style="yellow")
        yield _Row(name="House", figure=power(flows.load_w), watts=flows.load_w, style="cyan")
    if home.of(Role.METER):
        yield _grid_row(flows.grid_w)
    for device, reading in home.of(Role.BATTERY):
        yield _battery_row(device, reading)
    for _, reading in home.of(Role.EV_CHARGER):
        yield _charger_row(reading)


def _pv_today_kwh(home: HomeView) -> float | None:
    readings = [reading for _, reading in home.of(Role.INVERTER) if isinstance(reading, InverterReading)]
    known = [r.pv_energy.today_kwh for r in readings if r.pv_energy and r.pv_energy.today_kwh is not None]
    return sum(known) if known else None


def _grid_row(grid_w: float | None) -> _Row:
    words, style = "", "magenta"
    if grid_w is not None and round(grid_w) != 0:
        words, style = ("importing", "red") if grid_w > 0 else ("exporting", "green")
    size = None if grid_w is None else abs(grid_w)
    return _Row(name="Grid", figure=power(size), words=words, watts=size, style=style)


def _battery_row(device: DeviceInfo, reading: Reading | None) -> _Row:
    if not isinstance(reading, BatteryReading):
        return _Row(name="Battery", figure="–")
    words = percent(reading.soc_pct)
    capacity = device.capacity_kwh if isinstance(device, BatteryInfo) else None
    if capacity and reading.soc_pct is not None:
        words += f" of {energy(capacity)}"
    if reading.charging_w:
        words = f"charging, {words}"
    elif reading.discharging_w:
        words = f"discharging, {words}"
    size = None if reading.power_w is None else abs(reading.power_w)
    return _Row(name="Battery", figure=power(size), words=words, watts=size, level_pct=reading.soc_pct, style="green")


_CHARGER_WORDS: Final = {
    ChargerStatus.AVAILABLE: "not connected",
    ChargerStatus.PREPARING: "connected",
    ChargerStatus.CHARGING: "charging",
    ChargerStatus.SUSPENDED_EV: "connected, paused by the car",
    ChargerStatus.SUSPENDED_EVSE: "connected, paused by the charger",
    ChargerStatus.FINISHING: "finished charging",
    ChargerStatus.FAULTED: "fault",
}


def _charger_row(reading: Reading | None) -> _Row:
    if not isinstance(reading, EVChargerReading):
        return _Row(name="Car", figure="–")
    words = _CHARGER_WORDS.get(reading.status, reading.status.value)
    if reading.session_kwh:
        # Chargers keep the figure of a session until the next one begins.
        session = "last session" if reading.status is ChargerStatus.AVAILABLE else "this session"
        words += f", {session} {energy(reading.session_kwh)}"
    return _Row(name="Car", figure=power(reading.power_w), words=words, watts=reading.power_w, style="blue")


_CHANNELS: Final = {Channel.IMPORT: "Buying", Channel.CONTROLLED_LOAD: "Controlled load", Channel.EXPORT: "Selling"}


def _price_rows(home: HomeView) -> Iterator[_Row]:
    """The price of each channel now, and what the power through the meter costs or earns."""
    for channel, price in home.snapshot.prices.items():
        yield _Row(
            name=_CHANNELS[channel],
            figure=f"{money(price.per_kwh, price.currency)}/kWh",
            words=", ".join(_price_words(price)),
            style="red" if price.spike else "",
        )
    cost = home.snapshot.cost_per_minute
    if cost and home.snapshot.currency:
        hourly = cost * 60
        words = "cost" if hourly > 0 else "income"
        yield _Row(name="At this rate", figure=f"{money(abs(hourly), home.snapshot.currency)}/h", words=words)


def _price_words(price: Price) -> Iterator[str]:
    if price.spike:
        yield "price spike"
    if price.per_kwh < 0:
        yield "you pay to export" if price.channel is Channel.EXPORT else "you are paid to import"
    if price.estimate:
        yield "estimate"
    if price.demand_window:
        yield "demand window"


def _problem_lines(home: HomeView) -> Iterator[str]:
    """What could not be read, what is not measured live, and what does not add up."""
    yield from map(str, home.overdue)
    for each in home.commands:
        if not each.command.overdue:
            yield f"The {each.what} {each.end}."
    yield from map(failure_text, home.snapshot.failures)
    if not home.devices and not home.snapshot.failures:
        yield nothing_found(home.providers)
    for device in home.devices:
        reading = home.snapshot.readings.get(device.id)
        if reading is None:
            continue
        role = device.role.words
        if reading.stamp.quality is Quality.CACHED:
            yield f"The {role}'s figures are {_age(reading, home.snapshot.at)} old."
        elif reading.stamp.quality is not Quality.LIVE:
            yield f"The {role}'s figures are {reading.stamp.quality.value}, not live."
        yield from issue_lines(device, reading)
    residual = home.snapshot.balance.residual_w
    if residual is not None and abs(residual) > _NOTEWORTHY_W:
        yield f"The flows do not add up: {power(residual)} is unaccounted for."


def _age(reading: Reading, now: datetime) -> str:
    minutes = (now - (reading.stamp.measured_at or reading.stamp.received_at)).total_seconds() / 60
    return f"{minutes:.0f} min"


def show_home(home: HomeView, *, hints: Sequence[tuple[str, str]]) -> None:
    """Print the status of a home for people; ``hints`` are commands and their purposes."""
    if is_terminal():
        console().print(home_lines(home, hints=hints))
        return
    print_lines([f"{home.name}, {_headline(home)}"])
    rows = [*_flow_rows(home), *_price_rows(home)]
    size = max((len(row.name) for row in rows), default=0)
    print_lines(f"{row.name:<{size}}  {row.figure}  {row.words}" for row in rows)
    print_lines(f"! {problem}" for problem in _problem_lines(home))
    print_lines(f"  {command}  {purpose}" if purpose else command for command, purpose in hints)


def status_line(home: HomeView) -> str:
    """The same on one line."""
    parts = (f"{row.name.lower()} {row.figure} {row.words}".rstrip() for row in _flow_rows(home))
    return f"{home.local(home.at):%H:%M:%S}  {'; '.join(parts)}"


def home_lines(
    home: HomeView, *, hints: Sequence[tuple[str, str]], width: int | None = None, under: Sequence[Text] = ()
) -> Group:
    """The same in colour, as something rich can print; with lines under its title, it is live and has seconds."""
    width = width or console().width
    headline = _headline(home, seconds=bool(under))
    gap = "  " if len(home.name) + 2 + len(headline) <= width else "\n"
    title = Text.assemble((home.name, "bold"), gap, (headline, "dim"))
    parts: list[RenderableType] = ["", title, *under, "", _flow_table(list(_flow_rows(home)), wide=width >= WIDE)]
    if prices := list(_price_rows(home)):
        parts += ["", _price_table(prices)]
    if home.ahead:
        parts.append(_price_curve(home, home.ahead, width=width))
    parts += [Text(f"! {problem}", style="yellow") for problem in _problem_lines(home)]
    return Group(*parts, "", *_hint_lines(hints, width))


def _headline(home: HomeView, *, seconds: bool = False) -> str:
    at = home.local(home.at)
    clock = f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"
    zone = home.tz or "UTC, because the home's time zone is unknown"
    return f"{at:%A} {at.day} {at:%B %Y}, {clock} ({zone})"


def _hint_lines(hints: Sequence[tuple[str, str]], width: int) -> Iterator[Text]:
    """Commands and their purposes: side by side if there is room, else one under the other."""
    size = max((len(command) for command, purpose in hints if purpose), default=0) + 5
    side_by_side = all(size + len(purpose) <= width for _, purpose in hints)
    for command, purpose in hints:
        if not purpose:
            yield Text(wrapped(command, width, first="", rest="  "), style="dim")
        elif side_by_side:
            yield Text.assemble(f"  {command:<{size - 2}}", (purpose, "dim"))
        else:
            yield Text(wrapped(command, width, first="  ", rest="    "))
            yield Text(wrapped(purpose, width, first="    ", rest="    "), style="dim")


def _flow_table(rows: list[_Row], *, wide: bool) -> Table:
    most = max((row.watts or 0.0 for row in rows), default=0.0) or 1.0
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    if wide:
        table.add_column(width=_BAR_WIDTH)
    table.add_column(overflow="fold")
    for row in rows:
        cells = [Text(f"  {row.name}"), Text(row.figure, style="bold")]
        words = Text(row.words, style="dim")
        if wide:
            cells.append(Text("━" * round((row.watts or 0.0) / most * _BAR_WIDTH), style=row.style))
        if wide and row.level_pct is not None:
            words = Text.assemble(_gauge(row.level_pct), " ", words)
        table.add_row(*cells, words)
    return table


def _gauge(level_pct: float) -> Text:
    full = round(level_pct / 10)
    style = "green" if level_pct > 20 else "red"
    return Text.assemble(("█" * full, style), ("░" * (10 - full), "dim"))


def _price_table(rows: list[_Row]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for row in rows:
        table.add_row(Text(f"  {row.name}"), Text(row.figure, style=f"bold {row.style}"), Text(row.words, style="dim"))
    return table


def _price_curve(home: HomeView, ahead: PriceSeries, *, width: int) -> Text:
    lowest = min(ahead, key=lambda price: price.per_kwh)
    highest = max(ahead, key=lambda price: price.per_kwh)
    steps: list[float] = []
    for price in ahead:  # a half hour is as wide as six intervals of five minutes
        length = min(price.duration or _AHEAD, _AHEAD)
        steps += [float(price.per_kwh)] * max(1, length // timedelta(minutes=5))
    end = ahead[-1].end
    until = "until further notice" if end is None else f"until {home.local(end):%a %H:%M}"
    words = (
        f"{until}: "
        f"lowest {money(lowest.per_kwh, lowest.currency)} at {home.local(lowest.start):%H:%M}, "
        f"highest {money(highest.per_kwh, highest.currency)} at {home.local(highest.start):%H:%M}"
    )
    curve = _sparkline(steps, width=min(width - 4, _CURVE_WIDTH))
    return Text.assemble("  ", (curve, "cyan"), "\n", (wrapped(words, width, first="  ", rest="  "), "dim"))


def _sparkline(values: Sequence[float], *, width: int) -> str:
    """One row of block characters, at most ``width`` wide, from the lowest value to the highest."""
    count = min(width, len(values))
    # Each character is the mean of its share of the values, so that none is left out if there are more than fit.
    groups = [values[len(values) * index // count : len(values) * (index + 1) // count] for index in range(count)]
    means = [sum(group) / len(group) for group in groups]
    # Scaled from the lowest to the highest, not from zero: prices vary little, and the shape is what matters.
    low, high = usual_range(means)
    span = (high - low) or 1.0
    return "".join(
        "▲" if mean > high else _BLOCKS[round(max(mean - low, 0.0) / span * (len(_BLOCKS) - 1))] for mean in means
    )
