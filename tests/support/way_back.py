"""Any sequence of commands, faults, deaths, clock jumps and others' changes on any vendor: a release puts back what was there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from attrs import frozen
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from openpower_core.clock import ManualClock
from openpower_core.errors import ControlError, OpenPowerError
from openpower_core.write.folder import read_audit
from openpower_core.writes import WriteState

START = datetime(2026, 1, 13, 11, tzinfo=UTC)  # a Tuesday, by day in Europe
MOST_REQUESTS = 50
PATIENCE_S = 120


class Killed(BaseException):
    """The process dies."""


@frozen
class Fate:
    """What becomes of one call that writes."""

    answer: str = "ok"
    """ok, refused (as documented), odd (a code that is not documented), lost, or killed (the process, while it waits)."""
    done: bool = True
    """Whether it is carried out."""
    late: float = 0.0
    """When: 0 at once, 1 just before the vendor's longest known delay is over."""


class SteadyClock:
    """The vendor's clock, which nobody sets."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self._clock.monotonic()) + self.ahead

    def monotonic(self) -> float:
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        await self._clock.asleep(seconds)


class Vendor(ABC):
    """An emulated home and one blocking connection to it; no time passes but on its clock."""

    name: ClassVar[str]
    longest: ClassVar[timedelta]
    """The vendor's longest known delay."""
    commands: ClassVar[list[tuple[str, dict[str, Any]]]]
    """Methods of the battery with their arguments."""
    theirs: ClassVar[dict[str, list[Any]]]
    """What somebody else may set by field, of which no command is made."""
    reserve: ClassVar[str | None] = None
    """The field that holds the reserve, if it is a setting that lasts."""

    def __init__(self, folder: Path, clock: Any = None) -> None:
        self.folder = folder
        self.clock: Any = clock or ManualClock(START)
        self.steady: Any = clock or SteadyClock(self.clock)
        self.fates: list[Fate] = []
        self.sent: list[Any] = []
        """Every call that writes."""
        self.requests = 0
        self._last_s = 0.0
        self.connection: Any = None

    @abstractmethod
    def connect(self) -> Any:
        """A new blocking connection."""

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """What the vendor holds, by what a command can own."""

    @abstractmethod
    def change(self, name: str, value: Any) -> None:
        """Somebody else sets a field."""

    def settings(self) -> dict[str, Any]:
        """How fields are to begin, which nobody has set yet."""
        return {}

    def restart(self) -> None:
        """Connect anew, with what is remembered."""
        if self.connection is not None:
            self.connection.close()
        self.connection = self.connect()
        self.battery = self.connection.battery()

    def next_fate(self, call: Any) -> Fate:
        """The fate of a call that writes."""
        self.sent.append(call)
        fate = self.fates.pop(0) if self.fates else Fate()
        if fate.answer == "killed" and not fate.done:
            raise Killed
        return fate

    def delay_s(self, fate: Fate) -> float:
        """After how many seconds a call is carried out: in the order of sending, as by every vendor that is known."""
        longest = self.longest.total_seconds()
        self._last_s = max(self._last_s, self.clock.monotonic() + min(fate.late * longest, longest - 20))
        return max(0.0, self._last_s - self.clock.monotonic())


class Deaths:
    """Kills the process at one of its next transactions."""

    left = 0

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def around(self, method: Any) -> Any:
        """The same method of a store, before and after which the process may die."""

        def made(*arguments: Any, **keywords: Any) -> Any:
            self.step()
            result = method(*arguments, **keywords)
            self.step()
            return result

        return made


answers = st.sampled_from(["ok", "ok", "refused", "odd", "lost", "killed"])
fates = st.lists(
    st.builds(Fate, answers, st.booleans(), st.sampled_from([0.0, 0.0, 0.3, 0.9])).map(
        lambda fate: Fate(fate.answer, fate.answer == "ok" or (fate.done and fate.answer != "refused"), fate.late)
    ),
    max_size=4,
)
confirms = st.sampled_from(["accepted", "readback"])
jumps = st.sampled_from([timedelta(minutes=10), timedelta(days=1), timedelta(days=3650)]).flatmap(
    lambda jump: st.sampled_from([jump, -jump])
)


class WayBack(RuleBasedStateMachine):
    """The model: for each field, what it may hold once everything is released."""

    make: Any
    """Makes a vendor."""
    deaths: Deaths

    @initialize()
    def begin(self) -> None:
        """A home that holds what its owner has set."""
        self.vendor: Vendor = type(self).make()
        for name, value in self.vendor.settings().items():
            self.vendor.change(name, value)
        self.vendor.clock.advance(timedelta(days=1))
        self.vendor.restart()
        self.expected = {name: [value] for name, value in self.vendor.fields().items()}

    def run(self, method: str, *arguments: Any, sends: bool = True, **options: Any) -> Any:
        """Run one operation, and check what must hold for each of them."""
        vendor = self.vendor
        first, asked, began, lines = len(vendor.sent), vendor.requests, vendor.clock.monotonic(), self.sending()
        try:
            return getattr(vendor.battery, method)(*arguments, **options)
        except ControlError as error:
            return error.receipt
        except OpenPowerError:
            return None
        except Killed:
            vendor.fates = []
            self.deaths.left = 0
            vendor.restart()
            return None
        finally:
            vendor.fates, self.deaths.left = [], 0
            sent = vendor.sent[first:]
            assert sends or not sent, "a dry run sends nothing"
            assert len(sent) == len({repr(call) for call in sent}), "doubled"
            assert not sent or self.sending() > lines, "not in the audit"
            assert vendor.requests - asked <= MOST_REQUESTS, "too many requests"
            waited = vendor.clock.monotonic() - began
            assert waited <= vendor.longest.total_seconds() + PATIENCE_S, f"waited {waited} s"

    def sending(self) -> int:
        return [line["outcome"] for line in read_audit(self.vendor.folder)].count("sending")

    @rule(data=st.data(), fates=fates, confirm=confirms, hours=st.sampled_from([None, 3, 20]))
    def command(self, data: Any, fates: Any, confirm: str, hours: int | None) -> None:
        """Whatever becomes of it, nothing else is expected in the end."""
        method, options = data.draw(st.sampled_from(self.vendor.commands))
        until = None if hours is None else self.vendor.clock.now() + timedelta(hours=hours)
        self.vendor.fates = list(fates)
        self.run(method, **options, until=until, unattended=True, confirm=confirm)

    @rule(data=st.data(), steps=st.integers(1, 8), fates=fates)
    def die(self, data: Any, steps: int, fates: Any) -> None:
        """The process dies at one of its transactions."""
        method, options = data.draw(st.sampled_from([*self.vendor.commands, ("release", {})]))
        unattended = {} if method == "release" else {"unattended": True}
        self.vendor.fates, self.deaths.left = list(fates), steps
        self.run(method, **options, **unattended, confirm="readback")

    @rule(reserve=st.sampled_from([21, 22]), fates=fates)
    def set_reserve(self, reserve: int, fates: Any) -> None:
        """A setting that lasts."""
        name = self.vendor.reserve
        if name is None:
            return
        self.vendor.fates = list(fates)
        receipt = self.run("apply_settings", reserve_soc_pct=reserve, confirm="readback")
        if receipt is not None and receipt.state in (WriteState.CONFIRMED, WriteState.UNCHANGED):
            self.expected[name] = [reserve]
        elif receipt is None or receipt.state is not WriteState.PLANNED:
            self.expected[name] = [*self.expected[name], reserve]

    @rule(fates=fates, confirm=confirms)
    def release(self, fates: Any, confirm: str) -> None:
        """At any time, with any answers."""
        self.vendor.fates = list(fates)
        self.run("release", confirm=confirm)

    @rule(data=st.data())
    def rehearse(self, data: Any) -> None:
        """A dry run sends nothing."""
        method, options = data.draw(st.sampled_from([*self.vendor.commands, ("release", {})]))
        self.run(method, **options, dry_run=True, sends=False)

    @rule(data=st.data())
    def change_elsewhere(self, data: Any) -> None:
        """In the vendor's app, while nothing of ours is on its way and until reading shows it: it stays."""
        self.vendor.clock.advance(self.vendor.longest)
        name = data.draw(st.sampled_from(sorted(self.vendor.theirs)))
        value = data.draw(st.sampled_from(self.vendor.theirs[name]))
        self.vendor.change(name, value)
        self.expected[name] = [self.vendor.fields()[name]]
        self.vendor.clock.advance(self.vendor.longest)

    @rule(by=jumps)
    def set_clock(self, by: timedelta) -> None:
        """NTP after boot, or a battery that is empty."""
        self.vendor.clock.jump(by)

    @rule(hours=st.sampled_from([0, 1, 24]))
    def restart_later(self, hours: int) -> None:
        """Start again with what is remembered."""
        self.vendor.clock.advance(timedelta(hours=hours))
        self.vendor.restart()

    @rule()
    def everything_is_released(self) -> None:
        """Repeated until it says done, a release leaves every field as it was, or as somebody else has set it."""
        vendor = self.vendor
        for attempt in range(6):
            receipt = self.run("release", confirm="readback")
            vendor.clock.advance(vendor.longest)
            # What was never seen may show late, so that the first look proves nothing.
            if attempt and receipt is not None and receipt.state is WriteState.UNCHANGED:
                break
        assert vendor.battery.active_command() is None
        assert vendor.battery.discard_restore_point() == 0
        found = vendor.fields()
        for name in found | self.expected:
            value, expected = found.get(name), self.expected.get(name, [None])
            assert value in expected, f"{name} is {value}, and was {expected}"
            self.expected[name] = [value]

    def teardown(self) -> None:
        if hasattr(self, "vendor"):
            self.everything_is_released()
            self.vendor.connection.close()
