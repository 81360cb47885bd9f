"""Names of homes and devices that are safe to publish: stable across restarts and without complete serial numbers."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from openpower_core.devices.info import DeviceInfo


def slug(text: str) -> str:
    """A name as topics, entity ids and addresses take it: ``"Haus Süd"`` is ``haus_sud``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "home"


def box_key(info: DeviceInfo) -> str:
    """What names a box, the device of the vendor that may be battery, inverter and meter in one: ``alphaess_3f9a2c1b``.

    It is made of the vendor's name and a hash of the serial number, so that it stays the same when a home is renamed, a box
    gets another address or the hub is installed anew. The hash is not a secret: it hides the number from those who only look.
    """
    digest = hashlib.blake2s(f"{info.provider}:{info.serial}".encode(), digest_size=4).hexdigest()
    return f"{slug(info.provider)}_{digest}"


def device_key(info: DeviceInfo) -> str:
    """What names a device: ``alphaess_3f9a2c1b_battery``."""
    return f"{box_key(info)}_{info.role.value}"
