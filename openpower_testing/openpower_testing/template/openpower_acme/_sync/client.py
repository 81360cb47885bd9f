# Generated from client.py by openpower_testing; do not edit.
"""Acme's own API, in its own words."""

from __future__ import annotations

from openpower_core.provider import HttpClient, NativeClient, structure

from openpower_acme.models import Settings, Status


class Acme(NativeClient):
    """One method for each address; arguments and results as Acme's documentation has them."""

    _session: HttpClient

    def __init__(self, http: HttpClient) -> None:
        self._session = http

    def get_status(self) -> Status:
        """The power flows now."""
        answer = self._session.request("GET", "/status", operation="get_status")
        return structure(Status, answer.json())

    def get_settings(self) -> Settings:
        """What can be set."""
        answer = self._session.request("GET", "/settings", operation="get_settings")
        return structure(Settings, answer.json())

    def set_settings(self, *, reserve: int) -> None:
        """Set the reserve, as a percentage in steps of 5."""
        # write=True: it is never repeated once it may have left.
        self._session.request("PUT", "/settings", operation="set_settings", json={"reserve": reserve}, write=True)
