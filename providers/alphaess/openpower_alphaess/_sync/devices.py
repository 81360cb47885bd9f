# Generated from devices.py by openpower_testing; do not edit.
"""The devices of an AlphaESS system that can be written, over its shared fetches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from openpower_alphaess.mapping import devices as described, live, series
from openpower_core import provider as core

if TYPE_CHECKING:
    from openpower_alphaess._sync.control import ChargerSettings, Control
    from openpower_alphaess._sync.system import System


class AlphaCharger(core.BaseEVCharger):
    """One EV charger of a system."""

    def __init__(
        self,
        system: System,
        info: core.DeviceInfo,
        capabilities: core.Capabilities,
        backend: core.BaseBackend[Any],
        *,
        position: int,
        alone: bool,
    ) -> None:
        self._system = system
        self._settings: ChargerSettings | None = None
        self._place: dict[str, Any] = {"position": position, "alone": alone}
        super().__init__(
            info,
            capabilities=capabilities,
            backend=backend,
            native=system.native,
            documents=lambda: (self._written().switch, self._written().site),
            history=system.history_of(series.ev_chargers),
        )

    def read(self, *, max_age: core.Span | None = None) -> core.EVChargerReading:
        """Read it: its power comes with the system's, its state with a call of its own."""
        seen, stamp = self._system.now(max_age)
        state, reason = self._system.charger_state(self.info.serial, max_age)
        energy = self._system.today(max_age)
        return live.to_ev_charger_reading(seen, stamp, state, energy, status=reason, **self._place)

    def limits(self) -> core.CurrentLimits:
        """The household's current limit, which load balancing keeps; the Open API does not give the charger's own."""
        from openpower_alphaess.control.charger import MAX_A, MIN_A

        present = self._system.native.get_ev_charger_current_draw_settings()
        possible = present if present >= 0 else None
        return core.CurrentLimits(
            min_a=MIN_A, max_a=MAX_A, step_a=1.0, scope=core.CurrentScope.SITE, present_a=possible
        )

    def start(self, **options: Unpack[core.WriteOptions]) -> core.Receipt:
        """Begin charging the car; it has to be plugged in."""
        return self._write(self._written().switch, True, operation="start", **options)

    def stop(self, **options: Unpack[core.WriteOptions]) -> core.Receipt:
        """Stop charging the car."""
        return self._write(self._written().switch, False, operation="stop", **options)

    def set_current_limit(
        self,
        amps: core.Number,
        *,
        scope: core.CurrentScope | str = core.CurrentScope.CHARGER,
        **options: Unpack[core.WriteOptions],
    ) -> core.Receipt:
        """Limit the household's current (``scope="site"``); the charger's own limit is not in the Open API."""
        del scope  # the capabilities let only the site's pass
        return self._write(self._written().site, amps, operation="set_current_limit", **options)

    def sent(self) -> None:
        """The next reading asks anew."""
        self._system.stale = True

    def _written(self) -> ChargerSettings:
        if self._settings is None:
            # Loaded by the first write: most programs only read.
            from openpower_alphaess._sync.control import ChargerSettings

            self._settings = ChargerSettings(self._system.native, self.info.serial)
        return self._settings


class AlphaBattery(core.BaseBattery):
    """The battery of a system."""

    def __init__(
        self,
        system: System,
        info: core.BatteryInfo,
        backend: core.BaseBackend[Any],
        *,
        limits: core.WriteLimits,
        rated_w: float | None,
    ) -> None:
        self._system = system
        self._limits = limits
        self._rated_w = rated_w
        self._control: Control | None = None
        self._probed = False
        super().__init__(
            info,
            capabilities=described.battery_capabilities(system.tz, limits),
            backend=backend,
            native=system.native,
            documents=lambda: self._controls().documents,
            read=system.reading(live.to_battery_reading),
            history=system.history_of(series.batteries),
        )

    def schedule(self) -> core.Schedule:
        """The schedule that AlphaESS stores, in the device's wall-clock time.

        The periodic pair's enable flags cannot be read; they are taken to be on where there are periods.
        """
        self._probe()
        return self._controls().schedule()

    def set_schedule(self, schedule: core.Schedule, **options: Unpack[core.WriteOptions]) -> core.Receipt:
        """Replace the schedule that AlphaESS stores."""
        return self._desired(schedule, "set_schedule", **options)

    def settings(self) -> core.BatterySettings:
        """Its settings; None where the pair in use does not have one, or it cannot be read."""
        self._probe()
        return self._controls().settings()

    def apply_settings(self, **options: Unpack[core.SettingsOptions]) -> core.Receipt:
        """Change the settings that are named; the others stay as they are."""
        from openpower_alphaess.control.pair import DesiredSettings

        named, sending = core.to_settings(options)
        return self._desired(DesiredSettings(**named), "apply_settings", **sending)

    def command(
        self, command: core.BatteryCommand | core.BatteryMode | str, **options: Unpack[core.CommandOptions]
    ) -> core.Receipt:
        """Carry out one command; its window recurs until it is released."""
        desired, sending = core.to_command(command, options)
        return self._desired(desired, "command", restorable=True, **sending)

    def sent(self) -> None:
        """The next reading asks anew."""
        self._system.stale = True

    def _desired(self, desired: Any, operation: str, **options: Any) -> core.Receipt:
        document = self._probe()
        return self._write(document, desired, operation=operation, **options)

    def _probe(self) -> Any:
        """The document of the pair that the system obeys, which is asked once; then the capabilities are known too."""
        document = self._controls().chosen()
        if not self._probed:
            self._capabilities = described.battery_capabilities(self._system.tz, self._limits, document.pair)
            self._probed = True
        return document

    def _controls(self) -> Control:
        if self._control is None:
            # Loaded by the first look at a schedule: most programs only read.
            from openpower_alphaess._sync.control import Control

            self._control = Control(self._system, self._limits, self._rated_w)
        return self._control
