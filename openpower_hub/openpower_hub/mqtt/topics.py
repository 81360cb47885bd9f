"""The topics of the hub: what it publishes, and where it takes commands.

====================================  ========  =================================================================
``openpower/status``                  retained  ``online`` or ``offline`` (last will): whether the hub runs
``openpower/<device>/status``         retained  whether the device's figures are those of now
``openpower/<device>/state``          retained  its figures (JSON, every key present, ``null`` where unknown)
``openpower/<device>/prices/<ch.>``   retained  a retailer's running price and forecast (JSON)
``openpower/<device>/receipt``        –         what became of a write (JSON)
``openpower/<device>/set/<what>``     –         commands, where control is switched on
``openpower/hub/sync``                –         the hub's own marker, for nobody else
====================================  ========  =================================================================
"""

from __future__ import annotations

from attrs import frozen

ONLINE = "online"
OFFLINE = "offline"


@frozen
class Topics:
    """The topics below one prefix."""

    prefix: str
    discovery_prefix: str

    @property
    def process(self) -> str:
        """Whether the hub runs."""
        return f"{self.prefix}/status"

    @property
    def marker(self) -> str:
        """Where the hub sends itself what comes after all retained messages."""
        return f"{self.prefix}/hub/sync"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self.discovery_prefix}/status"

    def status(self, key: str) -> str:
        """Whether a device's figures are those of now; ``"+"`` for all devices."""
        return f"{self.prefix}/{key}/status"

    def state(self, key: str) -> str:
        """A device's figures."""
        return f"{self.prefix}/{key}/state"

    def receipt(self, key: str) -> str:
        """What became of a device's writes."""
        return f"{self.prefix}/{key}/receipt"

    def prices(self, key: str, channel: str) -> str:
        """The forecast of a retailer's channel."""
        return f"{self.prefix}/{key}/prices/{channel}"

    def command(self, key: str, name: str) -> str:
        """Where a command is taken."""
        return f"{self.prefix}/{key}/set/{name}"

    def discovery(self, box: str) -> str:
        """Where a box is announced to Home Assistant."""
        return f"{self.discovery_prefix}/device/openpower_{box}/config"
