# Generated from devices.py by openpower_testing; do not edit.
"""The backend of a connection: the box, and its three devices."""

from __future__ import annotations

from datetime import timedelta

from openpower_core.provider import (
    UNSET,
    BaseBattery,
    BaseInverter,
    BaseMeter,
    BatteryInfo,
    BatteryReading,
    BatterySettings,
    Confirm,
    Context,
    Device,
    DeviceInfo,
    HttpClient,
    InverterInfo,
    InverterReading,
    MeterReading,
    Number,
    Receipt,
    Request,
    Role,
    Secret,
    SharedFetch,
    Span,
    Unset,
    Writer,
)

from openpower_acme._sync import control
from openpower_acme._sync.client import Acme
from openpower_acme.mapping import CAPABILITIES, to_battery, to_infos, to_inverter, to_meter

URL = "https://api.acme.example/v1"
FRESH_FOR = timedelta(seconds=5)
"""How long the devices of the box share a response."""


def connect(context: Context, *, token: Secret) -> Box:
    """Make the backend of a connection; nothing is sent yet."""

    def sign(_request: Request, _now: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {token.reveal()}"}

    return Box(Acme(HttpClient.over(context, URL, sign=sign, secrets=[token])), context)


class Box:
    """Acme's box: one response has the readings of all its devices, so it is fetched once for all of them."""

    def __init__(self, native: Acme, context: Context) -> None:
        self.native = native
        self.context = context
        self.writer = Writer.over(context)
        self.status = SharedFetch(native.get_status, max_age=FRESH_FOR, clock=context.clock)

    def discover(self) -> list[Device]:
        """Find the devices."""
        inverter, battery, meter = to_infos(self.status.get().value)
        return [AcmeInverter(inverter, self), AcmeBattery(battery, self), AcmeMeter(meter, self)]

    def close(self) -> None:
        """Close the connections; a second call does nothing."""
        self.writer.close()
        self.native.close()


class AcmeInverter(BaseInverter):
    """PV and load."""

    def __init__(self, info: InverterInfo, box: Box) -> None:
        super().__init__(info, capabilities=CAPABILITIES[Role.INVERTER], native=box.native, context=box.context)
        self._status = box.status

    def read(self, *, max_age: Span | None = None) -> InverterReading:
        """Read it."""
        return to_inverter(self._status.get(max_age))


class AcmeMeter(BaseMeter):
    """The grid connection."""

    def __init__(self, info: DeviceInfo, box: Box) -> None:
        super().__init__(info, capabilities=CAPABILITIES[Role.METER], native=box.native, context=box.context)
        self._status = box.status

    def read(self, *, max_age: Span | None = None) -> MeterReading:
        """Read it."""
        return to_meter(self._status.get(max_age))


class AcmeBattery(BaseBattery):
    """The battery, and its reserve."""

    def __init__(self, info: BatteryInfo, box: Box) -> None:
        self._reserve = control.reserve(box.native)
        super().__init__(
            info,
            capabilities=CAPABILITIES[Role.BATTERY],
            native=box.native,
            context=box.context,
            writer=box.writer,
            documents=[self._reserve],
        )
        self._status = box.status

    def read(self, *, max_age: Span | None = None) -> BatteryReading:
        """Read it."""
        return to_battery(self._status.get(max_age))

    def settings(self) -> BatterySettings:
        """The reserve; Acme has no other setting."""
        return BatterySettings(reserve_soc_pct=float(self._reserve.read()))

    def apply_settings(
        self,
        *,
        reserve_soc_pct: Number | Unset = UNSET,
        max_soc_pct: Number | Unset = UNSET,
        grid_charge_allowed: bool | Unset = UNSET,
        max_charge_w: Number | Unset | None = UNSET,
        max_discharge_w: Number | Unset | None = UNSET,
        dry_run: bool = False,
        confirm: Confirm = "accepted",
    ) -> Receipt:
        """Set the reserve; the other settings are unsupported, and refused before this runs."""
        return self._write(self._reserve, reserve_soc_pct, operation="apply_settings", dry_run=dry_run, confirm=confirm)
