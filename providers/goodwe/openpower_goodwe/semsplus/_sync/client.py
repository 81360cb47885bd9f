# Generated from client.py by openpower_testing; do not edit.
"""The native client: SEMS+, typed, in the vendor's vocabulary."""

from __future__ import annotations

import copy
from typing import Self

from openpower_core.provider import SYSTEM_CLOCK, Clock, Secret, Span, Transport, text
from openpower_goodwe.semsplus._sync.calls import ReadingCalls
from openpower_goodwe.semsplus._sync.remote import RemoteCalls
from openpower_goodwe.semsplus._sync.session import Session


class SemsPlus(ReadingCalls, RemoteCalls):
    """A client of SEMS+; it sends nothing until a method is called.

    SEMS+ is unofficial: GoodWe publishes no documentation of it and may change it any day.

    Args:
        account: the e-mail address of the SEMS+ app.
        password: its password.
        station_id: the station that calls are for when they name none.
        region: where to log in: ``global`` serves all but accounts in China (``cn``).
        base_url: replaces the vendor's login and gateway hosts: an emulator, a proxy.
        allow_http: whether ``base_url`` may send in cleartext to another machine.
        transport: replaces the network.
        timeout: seconds within which a call has to end, retries included; from 30 on, writes may take up to 120 s.
        clock: replaces the system's clock.
    """

    def __init__(
        self,
        account: str,
        password: str | Secret,
        station_id: str | None = None,
        *,
        region: str = "global",
        base_url: str | None = None,
        allow_http: bool = False,
        transport: Transport | None = None,
        timeout: Span = 30.0,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        password = Secret(password)  # so that no traceback shows it
        self._subject = None if station_id is None else text(station_id, "station_id")
        self._session = Session(
            account,
            password,
            region=region,
            base_url=base_url,
            allow_http=allow_http,
            transport=transport,
            timeout=timeout,
            clock=clock,
        )

    @property
    def station_id(self) -> str | None:
        """The station that calls are for when they name none."""
        return self._subject

    @property
    def session(self) -> Session:
        """Signs and sends; for this package's own use."""
        return self._session

    def for_station(self, station_id: str) -> Self:
        """The same client for one station; it shares the session, and closing either closes both."""
        other = copy.copy(self)
        other._subject = station_id  # noqa: SLF001 – its own class
        return other
