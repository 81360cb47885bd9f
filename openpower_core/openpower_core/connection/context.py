"""What ``connect`` passes to a provider's factory, and the result of a shared fetch."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from attrs import field, frozen

from openpower_core._error import InvalidValue
from openpower_core.clock import SYSTEM_CLOCK, Clock
from openpower_core.registry.hooks import HOOKS, Hooks

if TYPE_CHECKING:
    from pathlib import Path  # noqa: TC004  (annotations of a Context are not resolved at run time)

T = TypeVar("T")

DEFAULT_TIMEOUT = 30.0
"""The deadline of a call in seconds, without retries."""


@frozen(kw_only=True)
class Context:
    """The context of one connection. Pass it on to every device, and its parts to the HTTP client."""

    provider: str
    clock: Clock = SYSTEM_CLOCK
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
    """The folder of the write store; None keeps it in memory."""
    store: Any = field(default=None, repr=False)
    """The write store, if neither in memory nor in ``state_dir``."""
    hooks: Hooks = field(default=HOOKS, repr=False)

    def url(self, default: str) -> str:
        """The base URL of all requests: the user's, or the vendor's."""
        return (self.base_url or default).rstrip("/")

    def refuse(self, *options: str, hint: str) -> None:
        """Refuse those of the common options that a provider cannot use, such as ``base_url`` where there is no HTTP.

        Raises:
            InvalidValue: one was given.
        """
        for name in options:
            if getattr(self, name) is not None:
                raise InvalidValue(f"{self.provider} cannot use {name}=.", provider=self.provider, hint=hint)


@frozen(kw_only=True)
class Fetched(Generic[T]):
    """A response and the instant at which it arrived."""

    value: T
    received_at: datetime
    received_monotonic: float = field(default=0.0, repr=False, eq=False)
    """The same instant on the monotonic clock, by which its age is counted."""
