# Generated from client.py by openpower_testing; do not edit.
"""Acme's own API, in its own vocabulary."""

from openpower_core.provider import NativeClient

from openpower_acme.models import Settings, Status


class Acme(NativeClient):
    """One method per endpoint; arguments and results as in Acme's documentation."""

    def get_status(self) -> Status:
        """The current power flows."""
        return self._fetch(Status, "get_status", "GET", "/status")

    def get_settings(self) -> Settings:
        """The settings."""
        return self._fetch(Settings, "get_settings", "GET", "/settings")

    def set_reserve(self, reserve: int) -> None:
        """Set the reserve, as a percentage in steps of 5."""
        # write=True: it is never repeated once it may have been sent.
        self._session.request("PUT", "/settings", operation="set_reserve", json={"reserve": reserve}, write=True)
