# Generated from devices.py by openpower_testing; do not edit.
"""The backend of a connection: the box, and the functions that its devices are made of."""

from openpower_core import provider as core

from openpower_acme._sync.client import Acme
from openpower_acme._sync.control import reserve
from openpower_acme.mapping import BATTERY, INVERTER, METER, to_battery, to_infos, to_inverter, to_meter


class Home(core.BaseBackend[Acme]):
    """Acme's box: one response has the readings of all its devices, so they share it for five seconds."""

    def discover(self) -> list[core.Device]:
        """Find the devices: what each is, what it can do, and how it is read and set."""
        status = self.share(self.native.get_status, max_age=5)
        inverter, battery, meter = to_infos(status.get().value)
        settings = {"reserve_soc_pct": reserve(self.native)}
        return [
            core.BaseInverter(inverter, capabilities=INVERTER, backend=self, read=status.reading(to_inverter)),
            core.BaseBattery(
                battery, capabilities=BATTERY, backend=self, read=status.reading(to_battery), settings=settings
            ),
            core.BaseMeter(meter, capabilities=METER, backend=self, read=status.reading(to_meter)),
        ]


def connect(context: core.Context, *, token: core.Secret) -> Home:
    """Make the backend of a connection; nothing is sent yet."""
    http = core.HttpClient.over(context, "https://api.acme.example/v1", sign=core.bearer(token), secrets=[token])
    return Home(Acme(http), context)
