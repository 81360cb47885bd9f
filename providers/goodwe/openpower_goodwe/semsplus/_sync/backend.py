# Generated from backend.py by openpower_testing; do not edit.
"""A connection's backend: the native client, and the discovery of the devices behind it."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TypeVar

from openpower_core import provider as core
from openpower_goodwe.semsplus._sync.charger import SemsCharger
from openpower_goodwe.semsplus._sync.client import SemsPlus
from openpower_goodwe.semsplus._sync.devices import Plant, SemsBattery, SemsInverter, SemsMeter
from openpower_goodwe.semsplus._sync.documents import InverterFunctions
from openpower_goodwe.semsplus.client.values import chosen_stations, of_types, rows_of
from openpower_goodwe.semsplus.mapping import capabilities
from openpower_goodwe.semsplus.mapping.readings import figures_of, texts
from openpower_goodwe.semsplus.mapping.series import zone_of
from openpower_goodwe.semsplus.models import DeviceRow, DeviceType, RelatedDevice, Station, StationInfo

logger = logging.getLogger("openpower.goodwe")
T = TypeVar("T")
_UNKNOWN = StationInfo()
_REMOTE = "INVERTER_REMOTE"


def connect(
    context: core.Context,
    *,
    account: str,
    password: str | core.Secret,
    region: str = "global",
    station_id: str | None = None,
    phases: int | None = None,
) -> SemsBackend:
    """Make the backend of a connection; no request is sent yet."""
    if phases not in (None, 1, 3):
        raise core.InvalidValue(f"phases is {phases!r}; it must be 1 or 3.", provider="goodwe-sems")
    native = SemsPlus(
        account,
        password,
        station_id,
        region=region,
        base_url=context.base_url,
        allow_http=context.allow_http,
        transport=context.transport,
        timeout=context.timeout,
        clock=context.clock,
    )
    return SemsBackend(native, context, phases=phases)


class SemsBackend(core.BaseBackend[SemsPlus]):
    """The stations of one account, or the one that ``station_id=`` names."""

    def __init__(self, native: SemsPlus, context: core.Context, *, phases: int | None) -> None:
        super().__init__(native, context)
        self._phases = phases
        self._odd: set[str] = set()
        """Devices of unknown types, and stations that have no others, each of which is named once."""
        native.session.gate = self.writer.native

    def discover(self) -> list[core.Device]:
        """Ask for the stations, and for the devices of every one."""
        listed = self.native.list_stations()
        self.parts.name_unreadable("some stations", listed)
        if not listed:
            raise core.DeviceNotFound(
                "the account has no station.",
                provider="goodwe-sems",
                operation="discovery",
                hint="Add the inverter to a station in the SEMS+ app, or ask the station's owner to share it.",
            )
        found: list[core.Device] = []
        for row in chosen_stations(listed, self.native.station_id):
            with self.parts.attempt(_part(row)):
                found += self._devices_of(row)
        return found

    def _devices_of(self, row: Station) -> list[core.Device]:
        native = self.native.for_station(row.station_id)
        info = self._info(native, row)
        rows = self._rows(native, row)
        zone = zone_of(self.context.tz, info.zone_id, info.time_zone, row.time_zone, *(each.zone_id for each in rows))
        station = Plant(native, zone=zone, clock=self.context.clock)
        tz = zone.key if zone else None
        for each in rows:
            if (each.device_type is None or not each.device_type.known) and each.sn not in self._odd:
                self._odd.add(each.sn)
                logger.warning("device %s: its type %s is not known", core.mask(each.sn), each.device_type)
        inverters = [self._box(native, device, tz) for device in of_types(rows, *capabilities.INVERTERS)]
        devices = self._powered(station, info, inverters, rows, tz)
        if not any(each.info.role == core.Role.BATTERY for each in devices):
            self._check_battery(station, inverters, f"{_part(row)}: its battery")
        devices += self._meters(station, rows, inverters, tz)
        for device in of_types(rows, DeviceType.EV_CHARGER):
            box = capabilities.Box(row=device, tz=tz, model=device.model or device.name)
            charger = capabilities.to_device_info(box, core.Role.EV_CHARGER)
            devices.append(SemsCharger(station, charger, self.context, self.writer, phases=self._phases))
        return devices or self._flow_alone(station, row, rows, tz)

    def _check_battery(self, station: Plant, inverters: list[capabilities.Box], part: str) -> None:
        """Name a battery that no list of devices has, and whose state of charge the flow reports all the same."""
        if all(each.row.subtype == "grid" for each in inverters):
            return
        with suppress(core.OpenPowerError):  # the readings will say what is wrong with the flow
            flows = station.current().flows
            if flows.soc_pct and flows.battery_w is not None:
                words = "no list of devices has a battery, and the flow reports its state of charge."
                self.parts.failed(part, core.PartialData(words, provider="goodwe-sems", operation="discovery"))

    def _flow_alone(self, station: Plant, row: Station, rows: list[DeviceRow], tz: str | None) -> list[core.Device]:
        """The grid connection of a station whose devices are of no known type, from its flow."""
        kinds = ", ".join(sorted({str(each.device_type) for each in rows})) or "none"
        unknown = core.BadResponse(
            f"the station lists no inverter, meter or charger; the types of its devices: {kinds}.",
            provider="goodwe-sems",
            operation="discovery",
            hint="Is the inverter registered in this station? If so, report its type.",
        )
        if not rows or station.current().flows.grid_w is None:
            raise unknown
        if row.station_id not in self._odd:
            # Once: the station can be read, and asking every five minutes does not change its devices' types.
            self._odd.add(row.station_id)
            self.parts.failed(f"{_part(row)}: its devices", unknown)
        info = capabilities.to_device_info(capabilities.Box(row=rows[0], tz=tz), core.Role.METER)
        meter: core.Device = SemsMeter(station, None, info, self.context)
        return [meter]

    def _powered(
        self,
        station: Plant,
        info: StationInfo,
        inverters: list[capabilities.Box],
        rows: list[DeviceRow],
        tz: str | None,
    ) -> list[core.Device]:
        """The inverters, then the batteries behind them."""
        alone, control = len(inverters) == 1, info is _UNKNOWN or _REMOTE in (info.permissions or ())
        capacity, pv_kw = (info.battery_capacity_kwh, info.pv_capacity_kw) if alone else (None, None)
        found: list[core.Device] = []
        batteries: list[core.Device] = []
        for position, box in enumerate(inverters):
            functions = InverterFunctions(station.native, box.sn, self.context.clock)
            found.append(
                SemsInverter(
                    station,
                    box,
                    capabilities.to_inverter_info(box, pv_kw),
                    functions,
                    self.context,
                    self.writer,
                    alone=alone,
                    first=position == 0,
                    control=control,
                )
            )
            for battery in self._batteries(station.native, box, rows, tz):
                batteries.append(  # noqa: PERF401 – what is built is the point, not the list
                    SemsBattery(
                        station,
                        battery,
                        box,
                        capabilities.to_battery_info(battery, box, capacity),
                        functions,
                        self.context,
                        self.writer,
                        alone=alone,
                        control=control,
                    )
                )
        return found + batteries

    def _meters(
        self, station: Plant, rows: list[DeviceRow], inverters: list[capabilities.Box], tz: str | None
    ) -> list[core.Device]:
        """One per station: the meter itself, or the inverter that measures for it."""
        meters = of_types(rows, DeviceType.METER)
        box = capabilities.Box(row=meters[0], tz=tz) if meters else None
        shown = box or (inverters[0] if inverters else None)
        if shown is None:
            return []
        info = capabilities.to_device_info(shown, core.Role.METER)
        meter: core.Device = SemsMeter(station, box, info, self.context)
        return [meter]

    def _info(self, native: SemsPlus, row: Station) -> StationInfo:
        # What could not be asked is unknown: writes are tried, and the service judges them.
        info = _UNKNOWN
        with self.parts.attempt(f"{_part(row)}: its description"):
            try:
                info = native.get_station()
            except core.PermissionDenied:
                info = StationInfo()
        return info

    def _rows(self, native: SemsPlus, row: Station) -> list[DeviceRow]:
        with self.parts.attempt(f"{_part(row)}: its list of devices"):
            try:
                return self._readable(row, native.list_devices())
            except (core.PartialData, core.PermissionDenied):
                pass  # visitors are answered so
        # This list has no models, but every account may see it.
        return rows_of(self._readable(row, native.get_device_status()))

    def _readable(self, row: Station, listed: list[T]) -> list[T]:
        self.parts.name_unreadable(f"{_part(row)}: some devices", listed)
        return listed

    def _box(self, native: SemsPlus, row: DeviceRow, tz: str | None) -> capabilities.Box:
        # A permission that is missing stays so.
        with self.parts.attempt(f"device {core.mask(row.sn)}: its rating"), suppress(core.PermissionDenied):
            information = native.get_information(row.sn, str(row.device_type))
            model = texts(information).get("modelType")
            return capabilities.Box(row=row, tz=tz, rated_kw=figures_of(information).get("ratedPower"), model=model)
        return capabilities.Box(row=row, tz=tz)

    def _batteries(
        self, native: SemsPlus, inverter: capabilities.Box, rows: list[DeviceRow], tz: str | None
    ) -> list[capabilities.Box]:
        """The batteries of an inverter; where the service names none, the station's first rack."""
        if inverter.row.subtype == "grid":
            return []
        related: list[RelatedDevice] = []
        part = f"device {core.mask(inverter.sn)}: its batteries"
        with self.parts.attempt(part), suppress(core.PartialData, core.PermissionDenied):
            related = native.get_related_devices(inverter.sn, inverter.kind)
            self.parts.name_unreadable(f"device {core.mask(inverter.sn)}: some devices behind it", related)
        systems = [
            DeviceRow(sn=each.sn, name=each.name, device_type=each.device_type)
            for each in related
            if each.sn and each.device_type == DeviceType.BATTERY_SYSTEM
        ]
        racks = of_types(rows, DeviceType.BATTERY_SYSTEM, DeviceType.BATTERY_RACK)
        return [capabilities.Box(row=row, tz=tz) for row in (systems or racks[:1])]


def _part(row: Station) -> str:
    return f"station {core.mask(row.station_id)}"
