# Generated from client.py by openpower_testing; do not edit.
"""Acme's own API, in its own vocabulary."""

from __future__ import annotations

from openpower_core.provider import HttpClient, NativeClient, structure

from openpower_acme.models import Settings, Status


class Acme(NativeClient):
    """One method per endpoint; arguments and results as in Acme's documentation."""

    _session: HttpClient

    def __init__(self, http: HttpClient) -> None:
        self._session = http

    def get_status(self) -> Status:
        """The current power flows."""
        answer = self._session.request("GET", "/status", operation="get_status")
        return structure(Status, answer.json())

    def get_settings(self) -> Settings:
        """The settings."""
        answer = self._session.request("GET", "/settings", operation="get_settings")
        return structure(Settings, answer.json())

    def set_settings(self, *, reserve: int) -> None:
        """Set the reserve, as a percentage in steps of 5."""
        # write=True: it is never repeated once it may have been sent.
        self._session.request("PUT", "/settings", operation="set_settings", json={"reserve": reserve}, write=True)
