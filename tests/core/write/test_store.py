"""What any store of writes must do; every implementation passes this suite."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from openpower_core.capabilities import WriteLimits
from openpower_core.clock import ManualClock
from openpower_core.devices.info import BatteryInfo
from openpower_core.devices.roles import Role
from openpower_core.write import MemoryStore, SQLiteStore
from openpower_core.write.store import LEASE, Entry, Holder, Owned, Remembered, RestorePoint, Sent, Stage, holder

if TYPE_CHECKING:
    from pathlib import Path

    from openpower_core.write import WriteStore

CLOCK = ManualClock(datetime(2026, 8, 1, 12, tzinfo=UTC))
NOW = CLOCK.now()
SERIAL = "TOY0000123"
NO_LIMIT = WriteLimits()


def battery(serial: str = SERIAL) -> BatteryInfo:
    return BatteryInfo(id=f"{serial}/battery", provider="toy", serial=serial, role=Role.BATTERY, capacity_kwh=10.0)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> WriteStore:
    return MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path)


def entry_of(store: WriteStore, name: str = "first", **changes: Any) -> Entry:
    box = store.box(battery())
    made = Entry(id=name, box=box, document="page", budget="page", operation="command", sent=Sent.now(CLOCK))
    return attrs.evolve(made, **{"before": {"window": ""}, "wanted": {"window": "22-06"}, **changes})


def point_of(entry: Entry) -> RestorePoint:
    owned = Owned(before="", wrote=("22-06", ["späť", None]))
    options: dict[str, Any] = {"fields": {"window": owned}, "operation": "command", "role": "/battery"}
    return RestorePoint(entry=entry.id, at=NOW, sent=entry.sent, due=NOW + timedelta(hours=6), **options)


def lease_of(store: WriteStore, document: str = "page") -> tuple[Holder, Remembered]:
    lease, known = store.acquire(store.box(battery()), document, "page", NOW)
    assert known is not None
    return lease, known


def begun(store: WriteStore, entry: Entry, limits: WriteLimits | None = NO_LIMIT) -> datetime | None:
    """Record an intent under a lease that is returned."""
    lease, _ = lease_of(store)
    retry_at = store.begin(entry, point_of(entry), lease, {"outcome": "sending", "id": entry.id}, limits)
    store.give_back(entry.box, lease)
    return retry_at


def test_a_box_s_name_is_its_own_and_not_its_serial_number(store: WriteStore) -> None:
    """The same for all of its devices."""
    inverter = attrs.evolve(battery(), id=f"{SERIAL}/inverter")

    assert store.box(inverter) == store.box(battery()) != store.box(battery("TOY0000124"))
    assert SERIAL not in store.box(battery())


def test_what_was_recorded_is_given_back_as_it_was(store: WriteStore) -> None:
    """The intent with its restore point, then what became of both."""
    entry = entry_of(store)
    assert begun(store, entry) is None
    lease, intent = lease_of(store)
    assert intent == Remembered(last=entry, point=point_of(entry))
    store.give_back(entry.box, lease)

    accepted = attrs.evolve(entry, stage=Stage.ACCEPTED, answered=True)
    store.record(accepted, change=lambda point: None if point is None else attrs.evolve(point, active=False))

    left = attrs.evolve(point_of(entry), active=False)
    assert store.remembered(entry.box, "page", "page") == Remembered(last=accepted, point=left)
    assert store.points() == store.points([entry.box]) == [(entry.box, "page", left)]
    assert store.points([]) == store.points(["another"]) == []
    assert store.find(entry.box, "first") == accepted
    assert store.find("another", "first") is store.find(entry.box, "second") is None

    store.record(of=(entry.box, "page"), change=lambda _: None)
    assert store.points() == []


def test_a_box_has_one_holder(store: WriteStore) -> None:
    """A lease is returned with a result or alone; without it nothing begins."""
    entry = entry_of(store)
    lease, _ = lease_of(store)
    store.record(line={"outcome": "accepted"}, lease=(entry.box, lease))

    with pytest.raises(LookupError):
        store.begin(entry, None, lease, {}, None)
    assert store.audit()[-1]["outcome"] == "accepted"
    assert store.find(entry.box, entry.id) is None

    second, _ = lease_of(store)
    with pytest.raises(LookupError):
        store.begin(entry, None, holder(NOW), {}, None)
    store.give_back(entry.box, lease)  # an old lease returns nothing
    assert store.begin(entry, None, second, {}, None) is None


def test_the_budget_counts_what_the_vendor_has_seen(store: WriteStore) -> None:
    """Neither releases nor what never left; a refused intent leaves no trace."""
    limits = WriteLimits(per_day=1)
    box = store.box(battery())
    assert begun(store, entry_of(store, "release", operation="release"), None) is None
    assert begun(store, entry_of(store, "lost"), limits) is None
    store.record(attrs.evolve(entry_of(store, "lost"), stage=Stage.REJECTED), counts=False)
    assert store.allowed_at(box, "page", limits, NOW) is None

    assert begun(store, entry_of(store, "one"), limits) is None
    before = store.audit()
    assert begun(store, entry_of(store, "two"), limits) == NOW + timedelta(days=1)
    assert store.allowed_at(box, "page", limits, NOW) == NOW + timedelta(days=1)
    assert store.allowed_at(box, "other", limits, NOW) is None
    assert store.find(box, "two") is None
    assert store.audit() == before


def test_a_native_write_makes_what_was_known_uncertain(store: WriteStore) -> None:
    """Of the documents of its budget, until the next write; what was refused is not what the vendor has."""
    entry = entry_of(store)
    begun(store, entry)
    begun(store, entry_of(store, "native", document="", budget="other"))
    assert store.remembered(entry.box, "page", "page").last == entry
    begun(store, entry_of(store, "refused"))
    store.record(entry_of(store, "refused", stage=Stage.REJECTED))
    assert store.remembered(entry.box, "page", "page").last == entry

    begun(store, entry_of(store, "native again", document=""))
    assert store.remembered(entry.box, "page", "page").last is None


def test_the_audit_is_appended_and_read_by_pages(store: WriteStore) -> None:
    """Numbered, oldest first, without whole serial numbers."""
    store.box(battery())
    for count in range(5):
        store.record(line={"note": f"{count} of {SERIAL}"})

    whole = store.audit()
    assert [line["note"] for line in whole] == [f"{count} of TO…0123" for count in range(5)]
    assert store.audit(limit=2) == whole[-2:]
    assert store.audit(limit=2, before=whole[-2]["number"]) == whole[1:3]


def test_a_change_that_fails_changes_nothing(store: WriteStore) -> None:
    """Nor does anything else of the same call: each is atomic."""
    entry = entry_of(store)
    begun(store, entry)

    def broken(point: RestorePoint | None) -> RestorePoint | None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        store.record(attrs.evolve(entry, stage=Stage.ACCEPTED), change=broken, line={"outcome": "accepted"})
    assert store.remembered(entry.box, "page", "page") == Remembered(last=entry, point=point_of(entry))
    assert [line["outcome"] for line in store.audit()] == ["sending"]


def test_it_does_not_supervise_itself(store: WriteStore) -> None:
    """A process that supervises does not count as another one."""
    box = store.box(battery())
    store.supervise(holder(NOW), {box})
    assert not store.supervised(box, NOW)
    store.supervise(None)
    assert not store.supervised(box, NOW)


def test_a_box_is_supervised_by_who_names_it(tmp_path: Path) -> None:
    """And by nobody who supervises another home, or does so no more."""
    one, other = SQLiteStore(tmp_path), SQLiteStore(tmp_path)
    mine, theirs = (one.box(battery(serial)) for serial in (SERIAL, "TOY0000999"))
    elsewhere = attrs.evolve(holder(NOW), place="another machine")
    other.supervise(elsewhere, {mine})

    assert one.supervised(mine, NOW)
    assert not one.supervised(theirs, NOW)

    other.supervise(elsewhere, {theirs})
    assert [one.supervised(box, NOW) for box in (mine, theirs)] == [False, True]

    assert not one.supervised(theirs, NOW + 2 * LEASE)

    other.supervise(None)
    assert not one.supervised(theirs, NOW)


def test_closing_loses_nothing(store: WriteStore) -> None:
    """It may be used again."""
    entry = entry_of(store)
    begun(store, entry)
    store.close()

    assert store.box(battery()) == entry.box
    assert store.points() == [(entry.box, "page", point_of(entry))]
