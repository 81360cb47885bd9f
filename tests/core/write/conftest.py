"""A vendor that holds a few values, a document in both flavours, and a harness that runs either the same way."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from attrs import asdict, evolve, field, frozen

from openpower_core.capabilities import WriteLimits
from openpower_core.clock import ManualClock
from openpower_core.devices.info import BatteryInfo, Role
from openpower_core.write import (
    AsyncDocument,
    AsyncPlannedCall,
    AsyncWriter,
    Document,
    Draft,
    MemoryStore,
    PlannedCall,
    SQLiteStore,
    Writer,
)
from openpower_core.writes import Adjustment, NativeCall

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
SERIAL = "AL70110230300001"
INFO = BatteryInfo(id=f"{SERIAL}/battery", provider="toy", serial=SERIAL, role=Role.BATTERY, capacity_kwh=10.0)
LIMITS = WriteLimits(settle=timedelta(seconds=10), settle_timeout=timedelta(seconds=60), poll=timedelta(seconds=5))


@frozen(kw_only=True)
class Page:
    """What the toy vendor holds: a window, a reserve, and a flag that it takes and never shows."""

    window: str = ""
    reserve: int = 10
    flag: bool | None = None


@frozen(kw_only=True)
class Desired:
    """A change of some of it; ``until`` as the hardware does not keep it."""

    window: str | None = None
    reserve: float | None = None
    flag: bool | None = None
    until: datetime | None = None


class Vendor:
    """Holds a page; slow, deaf, broken or writable only, as the test wants."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.page = Page(flag=False)
        self.delay = timedelta(0)
        self.deaf = False
        """Accepts writes, and ignores them."""
        self.blind = False
        """Nothing can be read back."""
        self.read_errors: list[Exception | None] = []
        self.send_errors: list[Exception | None] = []
        self.applies_despite_error = False
        self.fates: list[tuple[Exception | None, bool, float]] = []
        """What becomes of the next calls: the answer, whether it is carried out, and after how many seconds."""
        self.reads = 0
        self.sent: list[Page] = []
        self._coming: list[tuple[float, dict[str, Any]]] = []

    def read(self) -> Page:
        self.reads += 1
        if self.read_errors and (error := self.read_errors.pop(0)):
            raise error
        return evolve(self.current_now(), flag=None)

    def current_now(self) -> Page:
        while self._coming and self._coming[0][0] <= self.clock.monotonic():
            self.page = evolve(self.page, **self._coming.pop(0)[1])
        return self.page

    def send(self, fields: dict[str, Any]) -> None:
        error = self.send_errors.pop(0) if self.send_errors else None
        carried_out, delay_s = error is None or self.applies_despite_error, self.delay.total_seconds()
        if self.fates:
            error, carried_out, delay_s = self.fates.pop(0)
        self.sent.append(evolve(self.sent[-1] if self.sent else self.page, **fields))
        if not self.deaf and carried_out:
            # In the order in which they were sent: a vendor that swaps two writes is known nowhere.
            at = max([self.clock.monotonic() + delay_s, *[earlier for earlier, _ in self._coming]])
            self._coming.append((at, fields))
        if error is not None:
            raise error


@frozen
class Planning:
    """The part of the document that is not I/O, for both flavours."""

    vendor: Vendor
    limits: WriteLimits = LIMITS
    name: str = "page"
    budget: str = ""
    not_applied_hint: str = "Your region may have moved."
    split: bool = False
    """Whether each field is a call of its own."""
    extra: dict[str, Any] = field(factory=dict)

    def plan(self, current: Page, desired: Desired) -> Draft[Page]:
        wanted = current if current.flag is not None else evolve(current, flag=False)
        adjustments: list[Adjustment] = []
        if desired.window is not None:
            wanted = evolve(wanted, window=desired.window)
        if desired.flag is not None:
            wanted = evolve(wanted, flag=desired.flag)
        if desired.reserve is not None:
            got = round(desired.reserve / 5) * 5
            if got != desired.reserve:
                adjustments.append(
                    Adjustment(field="reserve_soc_pct", asked=desired.reserve, got=got, reason="steps of 5 %")
                )
            wanted = evolve(wanted, reserve=got)
        recurs_at = None if desired.until is None else desired.until + timedelta(hours=18)
        return Draft(document=wanted, adjustments=tuple(adjustments), release_due=desired.until, recurs_at=recurs_at)

    def calls(self, document: Page, current: Page) -> list[tuple[NativeCall, dict[str, Any]]]:
        """What is sent, and how receipts show it."""
        new, old = asdict(document), asdict(current)
        if not self.split:
            arguments = {"sysSn": SERIAL, "window": document.window, "reserve": document.reserve}
            return [(NativeCall(method="set_page", arguments=arguments), new)]
        return [
            (NativeCall(method=f"set_{name}", arguments={"value": value}), {name: value})
            for name, value in new.items()
            if value != old[name]
        ]

    def same(self, field: str, current: Any, wanted: Any) -> bool | None:
        return None if self.vendor.blind or field == "flag" else bool(current == wanted)

    def dump(self, document: Page) -> Any:
        return {"window": document.window, "reserve": document.reserve, "flag": document.flag}

    def load(self, data: Any) -> Page:
        return Page(**data)


class _Page:
    """Delegates to the planning, so that both flavours share it."""

    name = "page"
    unreadable = frozenset({"flag"})

    def __init__(self, planning: Planning) -> None:
        self.planning = planning
        self.limits = planning.limits
        self.budget = planning.budget
        self.not_applied_hint = planning.not_applied_hint

    def plan(self, current: Page, desired: Desired) -> Draft[Page]:
        return self.planning.plan(current, desired)

    def same(self, field: str, current: Any, wanted: Any) -> bool | None:
        return self.planning.same(field, current, wanted)

    def dump(self, document: Page) -> Any:
        return self.planning.dump(document)

    def load(self, data: Any) -> Page:
        return self.planning.load(data)


class AsyncPageDocument(_Page, AsyncDocument[Page, Desired]):
    async def read(self) -> Page:
        return self.planning.vendor.read()

    def writes(self, document: Page, current: Page) -> list[AsyncPlannedCall]:
        return [self._planned(call, fields) for call, fields in self.planning.calls(document, current)]

    def _planned(self, call: NativeCall, fields: dict[str, Any]) -> AsyncPlannedCall:
        async def send() -> None:
            self.planning.vendor.send(fields)

        return AsyncPlannedCall(call=call, send=send)


class PageDocument(_Page, Document[Page, Desired]):
    def read(self) -> Page:
        return self.planning.vendor.read()

    def writes(self, document: Page, current: Page) -> list[PlannedCall]:
        return [self._planned(call, fields) for call, fields in self.planning.calls(document, current)]

    def _planned(self, call: NativeCall, fields: dict[str, Any]) -> PlannedCall:
        return PlannedCall(call=call, send=lambda: self.planning.vendor.send(fields))


class Recorder:
    """Hooks that record; ``veto`` is raised before a write where it is set."""

    def __init__(self) -> None:
        self.plans: list[Any] = []
        self.receipts: list[Any] = []
        self.veto: Exception | None = None
        self.sink_error: Exception | None = None

    def before_write(self, device: Any, plan: Any) -> None:
        self.plans.append(plan)
        if self.veto is not None:
            raise self.veto

    def after_write(self, device: Any, receipt: Any) -> None:
        self.receipts.append(receipt)
        if self.sink_error is not None:
            raise self.sink_error


class Harness:
    """One vendor, one writer and one document, in either flavour behind the same awaitable calls."""

    info = INFO

    def __init__(self, flavour: str, *, state_dir: Path | None = None, **planning: Any) -> None:
        self.flavour = flavour
        self.clock = ManualClock(START)
        self.vendor = Vendor(self.clock)
        self.hooks = Recorder()
        self.state_dir = state_dir
        self.planning = Planning(self.vendor, **planning)
        self.memory = MemoryStore()
        self.releases: bool | None = False
        self.at_once = True
        self.start()

    def start(self) -> None:
        """Start again with what is remembered, as after a restart."""
        store = SQLiteStore(self.state_dir) if self.state_dir else self.memory
        options: dict[str, Any] = {"clock": self.clock, "hooks": self.hooks, "releases": self.releases}
        options["at_once"] = self.at_once
        self.writer: Any = Writer(store, **options)
        self.document: Any = PageDocument(self.planning)
        if self.flavour == "async":
            self.writer = AsyncWriter(store, **options)
            self.document = AsyncPageDocument(self.planning)
        self.writer.adopt(INFO, self.document)

    @property
    def sent(self) -> list[Page]:
        return self.vendor.sent

    async def write(self, *, operation: str = "command", **options: Any) -> Any:
        asked = {name: options.pop(name) for name in ("window", "reserve", "flag", "until") if name in options}
        result = self.writer.write(INFO, self.document, Desired(**asked), operation=operation, **options)
        return await done(result)

    async def command(self, **options: Any) -> Any:
        options.setdefault("unattended", "until" in options)
        return await self.write(restorable=True, **options)

    async def release(self, **options: Any) -> Any:
        return await done(self.writer.release(INFO, **options))

    async def confirm(self, receipt: Any, **options: Any) -> Any:
        return await done(self.writer.confirm(INFO, receipt, **options))

    async def native(self, call: Callable[[], Any], **options: Any) -> Any:
        async def acall() -> Any:
            return call()

        options.setdefault("budget", "page")
        made = acall if self.flavour == "async" else call
        return await done(self.writer.native.send(INFO, "set_page", {"sysSn": SERIAL}, made, **options))


async def done(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def harness(flavour: str) -> Harness:
    """A harness that remembers in memory."""
    return Harness(flavour)


@pytest.fixture
def sync_harness() -> Harness:
    """A blocking one, for what does not depend on the flavour."""
    return Harness("sync")


@pytest.fixture
def kept(flavour: str, tmp_path: Path) -> Harness:
    """A harness that remembers in a state folder."""
    return Harness(flavour, state_dir=tmp_path / "state")


@pytest.fixture
def make_harness(flavour: str) -> Callable[..., Harness]:
    return lambda **options: Harness(flavour, **options)
