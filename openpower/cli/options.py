"""The options that commands share, in groups; the docstring of each field is its text in the help.

Nothing else belongs here: for a help, cyclopts reads this whole file once for each group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from cyclopts import Parameter

from openpower.cli import completions

if TYPE_CHECKING:
    from openpower import Connection

Name: TypeAlias = Annotated[
    str | None, Parameter(help="a profile or a provider (default: the only profile).", completer=completions.homes)
]
Names: TypeAlias = Annotated[str, Parameter(completer=completions.homes)]
Profile: TypeAlias = Annotated[str | None, Parameter(completer=completions.profiles)]
Provider: TypeAlias = Annotated[
    str, Parameter(help="the provider, such as alphaess (see: openpower providers).", completer=completions.providers)
]
Json: TypeAlias = Annotated[bool, Parameter(help="print JSON.")]
Until: TypeAlias = Annotated[str | None, Parameter(help="when to stop, such as 06:00 or 2026-08-04T06:00.")]
Battery: TypeAlias = Annotated[
    str | None, Parameter(help="the battery's id, if there are several.", completer=completions.devices)
]
Pairs: TypeAlias = tuple[str, ...]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Common:
    """Options of every command about a home."""

    profile: Profile = None
    """the profile to use; it takes precedence over NAME."""
    option: Annotated[Pairs, Parameter(name=["--option", "-O"])] = ()
    """an option of the provider, such as -O tz=Europe/Berlin (may be repeated)."""
    json: Json = False


PLAIN: Final = Common()
"""The defaults."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class _How:
    dry_run: bool = False
    """show the plan and send nothing."""
    yes: bool = False
    """do not ask whether to send it."""
    confirm: bool = False
    """wait until reading back shows it."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class _HowLong(_How):
    wait: bool = False
    """wait until reading back shows it and, if the device keeps no end, until it is released."""
    unattended: bool = False
    """accept that nothing releases it if the device keeps no end."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class _WhichBattery:
    battery: Battery = None

    def device(self, connection: Connection[Any]) -> Any:
        """The battery to change."""
        return connection.battery(self.battery)


# A help lists the fields of the last base first: the device, how to proceed, then what every command takes.
@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BatteryOptions(Common, _HowLong, _WhichBattery):
    """Options of every command that changes what a battery does."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class BatterySettingOptions(Common, _How, _WhichBattery):
    """Options of every command that shows or changes a setting of a battery."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class _WhichCharger:
    charger: Annotated[str | None, Parameter(completer=completions.devices)] = None
    """the charger's id, if there are several."""

    def device(self, connection: Connection[Any]) -> Any:
        """The charger to change."""
        return connection.ev_charger(self.charger)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ChargerOptions(Common, _HowLong, _WhichCharger):
    """Options of every command that changes what an EV charger does."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class _WhichInverter:
    inverter: Annotated[str | None, Parameter(completer=completions.devices)] = None
    """the inverter's id, if there are several."""

    def device(self, connection: Connection[Any]) -> Any:
        """The inverter to change."""
        return connection.inverter(self.inverter)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class InverterSettingOptions(Common, _How, _WhichInverter):
    """Options of every command that shows or changes a setting of an inverter."""


SettingOptions: TypeAlias = BatterySettingOptions | InverterSettingOptions
ChangeOptions: TypeAlias = BatteryOptions | ChargerOptions | SettingOptions
BATTERY: Final = BatteryOptions()
CHARGER: Final = ChargerOptions()
BATTERY_SETTING: Final = BatterySettingOptions()
INVERTER_SETTING: Final = InverterSettingOptions()


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Goal:
    """How far, how fast and how long."""

    to: float | None = None
    """the state of charge to stop at, as a percentage."""
    power: float | None = None
    """the power in watts (default: the device's choice)."""
    until: Until = None


ANY: Final = Goal()
