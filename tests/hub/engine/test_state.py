"""How old the figures of a device are, by the hub's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openpower_core.capabilities import Capabilities, Capability, Feature, Support
from openpower_core.clock import ManualClock
from openpower_core.devices._async_roles import AsyncBaseMeter
from openpower_core.devices.info import DeviceInfo, Role
from openpower_core.readings import MeterReading, Quality, Stamp
from openpower_hub.state import DeviceState, Freshness

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def state_of(clock: ManualClock, *, vendor_s: float, asked_s: float) -> DeviceState:
    """A meter whose vendor has something new every so often, and that is asked more or less often."""
    info = DeviceInfo(id="AB0000000001/meter", provider="acme", serial="AB0000000001", role=Role.METER)
    features = {Feature.READ: Capability(support=Support.FULL)}
    capabilities = Capabilities(features=features, interval=timedelta(seconds=vendor_s))
    meter = AsyncBaseMeter(info, capabilities=capabilities)
    return DeviceState(home="house", profile="acme", device=meter, clock=clock, interval=timedelta(seconds=asked_s))


def reading(at: datetime, **stamp: object) -> MeterReading:
    """A reading of that instant."""
    return MeterReading(stamp=Stamp(received_at=at, **stamp), power_w=100.0)  # type: ignore[arg-type]


def test_a_shared_response_is_not_newer_for_being_given_again() -> None:
    """Devices of one box share a response for as long as the vendor has nothing new: its age goes on."""
    clock = ManualClock(NOON)
    state = state_of(clock, vendor_s=30, asked_s=30)
    state.take(reading(NOON))
    clock.advance(29)

    state.take(reading(NOON))

    assert state.age_s == pytest.approx(29)
    state.take(reading(NOON + timedelta(seconds=29)))
    assert state.age_s == pytest.approx(0)


@pytest.mark.parametrize(("vendor_s", "asked_s", "live_s"), [(10, 10, 20), (30, 5, 60), (10, 60, 120)])
def test_two_intervals_are_live(vendor_s: float, asked_s: float, live_s: float) -> None:
    """Of the vendor or of the user, whichever is longer: page.md section 6 has twice the interval, and a quarter of an hour."""
    clock = ManualClock(NOON)
    state = state_of(clock, vendor_s=vendor_s, asked_s=asked_s)
    state.take(reading(NOON))

    clock.advance(live_s)
    assert state.freshness is Freshness.LIVE
    clock.advance(1)
    assert state.freshness is Freshness.LATE
    assert state.live is None
    clock.advance(15 * 60)
    assert state.freshness is Freshness.GONE


def test_an_answer_that_is_said_to_be_old_is() -> None:
    """A cached value counts from when it was measured, whatever the vendor's clock says of other answers."""
    clock = ManualClock(NOON)
    state = state_of(clock, vendor_s=10, asked_s=10)

    state.take(reading(NOON, measured_at=NOON - timedelta(minutes=5), quality=Quality.CACHED))
    assert state.freshness is Freshness.LATE
    state.take(reading(NOON + timedelta(hours=3)))  # a vendor's clock that is wrong does no harm
    assert state.freshness is Freshness.LIVE
