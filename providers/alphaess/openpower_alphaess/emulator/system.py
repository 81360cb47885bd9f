"""One emulated AlphaESS system: its nameplate, its house, its settings, its chargers and its quirks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from openpower_alphaess.emulator.nameplate import Nameplate, Quirks
from openpower_alphaess.emulator.settings import Inverter, Settings
from openpower_core.provider import ChargerStatus
from openpower_simulation import Average, Controls, Energies, House, Plant, Snapshot

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class ChargerState(IntEnum):
    """``evchargerStatus``; 7 and 8 are not documented."""

    AVAILABLE = 1
    PREPARING = 2
    CHARGING = 3
    SUSPENDED_EVSE = 4
    SUSPENDED_EV = 5
    FINISHING = 6
    FAULTED = 9


_OF_THE_HOUSE: Final = {
    ChargerStatus.AVAILABLE: ChargerState.AVAILABLE,
    ChargerStatus.PREPARING: ChargerState.PREPARING,
    ChargerStatus.CHARGING: ChargerState.CHARGING,
    ChargerStatus.SUSPENDED_EVSE: ChargerState.SUSPENDED_EVSE,
    ChargerStatus.SUSPENDED_EV: ChargerState.SUSPENDED_EV,
    ChargerStatus.FINISHING: ChargerState.FINISHING,
    ChargerStatus.FAULTED: ChargerState.FAULTED,
}
_STARTABLE: Final = frozenset({2, 4, 5, 6})
_STOPPABLE: Final = frozenset({3, 4, 5})


class Charger:
    """One charger.

    The first charger of a system follows the house's own car until a test takes over, with :meth:`plug` or by
    setting :attr:`state`; every other one is the test's from the beginning.
    """

    def __init__(self, serial: str, model: str, *, follows_house: bool, power_w: float) -> None:
        self.serial = serial
        self.model = model
        self.follows_house = follows_house
        self.rated_w = power_w
        self._state = ChargerState.AVAILABLE

    @property
    def state(self) -> ChargerState:
        """What it shows."""
        return self._state

    @state.setter
    def state(self, state: ChargerState | int) -> None:
        self.follows_house = False
        self._state = ChargerState(state)

    @property
    def power_w(self) -> float:
        """What it delivers of its own; the house knows the rest."""
        charging = self._state is ChargerState.CHARGING
        return self.rated_w if charging and not self.follows_house else 0.0

    def follow(self, status: ChargerStatus, *, stopped: bool) -> None:
        """Show what the house's charging point does; stopped from afar, it shows Finishing."""
        if not self.follows_house:
            return
        current = stopped and status is ChargerStatus.SUSPENDED_EVSE
        self._state = ChargerState.FINISHING if current else _OF_THE_HOUSE[status]

    def plug(self) -> None:
        """A car is plugged in and waits to be started."""
        self.state = ChargerState.PREPARING

    def unplug(self) -> None:
        """The car leaves."""
        self.state = ChargerState.AVAILABLE

    def start(self) -> bool:
        """Start charging; False where the state does not allow it."""
        if self._state not in _STARTABLE:
            return False
        self._state = ChargerState.CHARGING
        return True

    def stop(self) -> bool:
        """End charging; False where the state does not allow it."""
        if self._state not in _STOPPABLE:
            return False
        self._state = ChargerState.FINISHING
        return True


REFRESH: Final = timedelta(seconds=10)
"""How often the inverter reports; until the next report the readings stay the same."""

_NO_OFFSET: Final = {
    "pmOffset": 0,
    "pmOffsetEn": 0,
    **dict.fromkeys(("pmOffsetS1", "pmOffsetE1", "pmOffsetS2", "pmOffsetE2"), "00:00"),
}


class EmulatedSystem:
    """A system with a simulated house behind it.

    Args:
        nameplate: serials, models, ratings and zone.
        start: when its story begins (aware); what lies before is a past of plain self-consumption.
        seed: same seed, same weather and habits.
        quirks: how it behaves; may be changed while it runs.
        bound: whether the developer account may see it.
        plant: the house behind it, instead of one that fits the nameplate.
    """

    def __init__(
        self,
        nameplate: Nameplate,
        *,
        start: datetime,
        seed: int = 1,
        quirks: Quirks | None = None,
        bound: bool = True,
        plant: Plant | None = None,
    ) -> None:
        self.nameplate = nameplate
        self.quirks = quirks or Quirks()
        self.bound = bound
        self.settings = Settings(self.quirks)
        self._effects: list[datetime] = []
        self.meter_offset: dict[str, Any] = dict(_NO_OFFSET)
        """The commercial systems' meter offset."""
        plant = plant or _plant_of(nameplate, seed)
        self._inverter = Inverter(self.settings, self.quirks, capacity_kwh=plant.battery_kwh)
        controls = Controls(
            controller=self._inverter,
            reserve_soc_pct=0,
            charger_limit_a=plant.charger_max_a,
            site_limit_a=plant.site_limit_a,
        )
        self.house = House(plant, start=start, controls=controls)
        self.chargers = [
            Charger(f"EV{nameplate.serial[2:]}{place}", model, follows_house=place == 1, power_w=7200.0)
            for place, model in enumerate(nameplate.charger_models, start=1)
        ]

    @property
    def serial(self) -> str:
        """``sysSn``."""
        return self.nameplate.serial

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its wall clock."""
        return self.house.plant.zone

    def snapshot(self, now: datetime) -> Snapshot:
        """The house at the last report."""
        # The service shows the last report, not the present: a reading may be ten seconds old.
        snapshot = self.house.at(_floor(now, REFRESH))
        for charger in self.chargers:
            charger.follow(snapshot.charger_status, stopped=self.house.controls.ev_stopped)
        return snapshot

    def charger(self, serial: str) -> Charger | None:
        """The charger of that serial."""
        return next((charger for charger in self.chargers if charger.serial == serial), None)

    def control_charger(self, charger: Charger, now: datetime, *, start: bool) -> bool:
        """Press start or stop; False where the charger's state does not allow it."""
        self.snapshot(now)
        # The house's own car only follows where the charger's state allowed it.
        done = charger.start() if start else charger.stop()
        if done and charger.follows_house:
            self.house.change(now, ev_stopped=not start)
        return done

    def limit_site(self, amps: float, now: datetime) -> None:
        """Set the household's current limit, which load balancing keeps."""
        self.settings.set_site_limit(amps, now)
        self.house.change(now, site_limit_a=amps)

    def settings_changed(self, now: datetime) -> None:
        """Have the house look again exactly when new settings take effect."""
        effects = [effect for effect in self._effects if effect > now]
        # Earlier writes may still be on their way: every one takes effect at its own time.
        self._effects = [*effects, now + self.quirks.effect_delay]
        self.house.change(now, controller=self._inverter, changes=self._effects)

    def midnight(self, day: date) -> datetime:
        """When a calendar day begins on the local clock (UTC)."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def rows(self, day: date, now: datetime) -> list[Average]:
        """The five-minute averages of a local day, oldest first."""
        start, end = self.midnight(day), self.midnight(day + timedelta(days=1))
        return self.house.history(start, end, now=now)

    def energies(self, start: datetime, end: datetime, now: datetime) -> Energies:
        """What flowed between two instants."""
        return self.house.energies(start, end, now=now)


def _plant_of(nameplate: Nameplate, seed: int) -> Plant:
    watts = int(nameplate.inverter_kw * 1000)
    return Plant(
        seed=seed,
        tz=nameplate.tz,
        latitude=nameplate.latitude,
        pv_kw=nameplate.pv_kw,
        inverter_w=watts,
        battery_kwh=nameplate.capacity_kwh,
        battery_w=watts,
        min_soc_pct=100 - nameplate.usable_pct,
        ev=bool(nameplate.charger_models),
    )


def _floor(instant: datetime, step: timedelta) -> datetime:
    return instant - (instant - datetime.min.replace(tzinfo=UTC)) % step
