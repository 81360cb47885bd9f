"""What ``connect`` passes to a provider's factory, where programs remember their writes, and the result of a shared fetch."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from attrs import field, frozen

from openpower_core._error import InvalidValue
from openpower_core.clock import SYSTEM_CLOCK, Clock, Closed
from openpower_core.registry.hooks import HOOKS, Hooks

if TYPE_CHECKING:
    from openpower_core.readings import Stamp

T = TypeVar("T")

MAX_POWER_W: Final = 100_000.0

DEFAULT_DURATION: Final = timedelta(hours=24)

DEFAULT_TIMEOUT = 30.0
"""The deadline of a call in seconds, without retries."""


@frozen(kw_only=True)
class Context:
    """The context of one connection. Pass it on to every device, and its parts to the HTTP client."""

    provider: str
    """Its name."""
    clock: Clock = SYSTEM_CLOCK
    """Ask it for the time, never the system."""
    transport: Any = field(default=None, repr=False)
    """A ``Transport`` (or ``AsyncTransport``) that replaces the network; None for the real one."""
    base_url: str | None = None
    """Replaces the vendor's whole base URL; None for the vendor's own."""
    timeout: float = DEFAULT_TIMEOUT
    """The deadline of a call in seconds."""
    allow_http: bool = False
    """Whether the user accepts ``http://`` to another machine."""
    local: bool = False
    """Whether the provider's devices are in the home's own network (:attr:`ProviderSpec.local`)."""
    tz: str | None = None
    """IANA zone of the home, if the user gave it."""
    state_dir: Path | None = None
    """The folder of the write store, if the user named one; None for the platform's."""
    in_memory: bool = False
    """Whether the user wants writes to be remembered in memory only (``state_dir=None``)."""
    max_power_w: float = MAX_POWER_W
    """The most that any flow of this home can be (W); what is beyond is refused as implausible."""
    default_duration: timedelta = DEFAULT_DURATION
    """How long a battery command without an end lasts."""
    store: Any = field(default=None, repr=False)
    """The write store, if it is the provider's own."""
    hooks: Hooks = field(default=HOOKS, repr=False)
    """The plugins; devices and writes ask them."""
    closed: Closed = field(factory=Closed, repr=False, eq=False)
    """Whether the connection was closed: its devices refuse calls from then on, and ``watch()`` ends."""

    def url(self, default: str) -> str:
        """The base URL of all requests: the user's, or the vendor's."""
        return (self.base_url or default).rstrip("/")

    @property
    def write_dir(self) -> Path | None:
        """The folder that writes are remembered in; None: in memory."""
        return None if self.in_memory else self.state_dir or state_folder()

    def refuse(self, *options: str, hint: str) -> None:
        """Refuse those of the common options that a provider cannot use, such as ``base_url`` where there is no HTTP.

        Raises:
            InvalidValue: one was given.
        """
        for name in options:
            if getattr(self, name) is not None:
                raise InvalidValue(f"{self.provider} cannot use {name}=.", provider=self.provider, hint=hint)


def state_folder() -> Path:
    """The platform's folder for what programs remember; ``OPENPOWER_STATE_DIR`` names another."""
    if named := os.environ.get("OPENPOWER_STATE_DIR"):
        return Path(named).expanduser()
    if sys.platform == "linux" and "ANDROID_DATA" not in os.environ:
        # platformdirs says the same, and importing it would take 3 % of a cold start.
        base = os.environ.get("XDG_STATE_HOME", "").strip() or os.path.expanduser("~/.local/state")  # noqa: PTH111 - never raises
        return Path(base) / "openpower"
    from platformdirs import user_state_path

    return user_state_path("openpower")


@frozen(kw_only=True)
class Fetched(Generic[T]):
    """A response and the instant at which it arrived."""

    value: T
    """What the provider made of the response."""
    received_at: datetime
    """When it arrived (UTC)."""
    received_monotonic: float = field(default=0.0, repr=False, eq=False)
    """The same instant on the monotonic clock, by which its age is counted."""
    cached: bool = False
    """Whether it is older than the provider's own ``max_age``, because the caller allowed that."""

    def stamp(self, **known: Any) -> Stamp:
        """A stamp with what is known of the measurement; CACHED instead of LIVE if the answer is."""
        from openpower_core.readings import Quality, Stamp

        quality = known.pop("quality", Quality.LIVE)
        if self.cached and quality is Quality.LIVE:
            quality = Quality.CACHED
        return Stamp(received_at=self.received_at, quality=quality, **known)
