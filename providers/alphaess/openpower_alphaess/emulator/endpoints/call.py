"""What an endpoint is, and what it is given to answer a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from openpower_alphaess.emulator.account import Account
from openpower_alphaess.emulator.parameters import text

if TYPE_CHECKING:
    from openpower_alphaess.emulator.system import EmulatedSystem

__all__ = ["Call", "Endpoint", "Params"]

Params = Mapping[str, Any]


@frozen(kw_only=True)
class Call:
    """A request that has passed the checks before the endpoint's own."""

    account: Account
    params: Params
    now: datetime

    @property
    def system(self) -> EmulatedSystem:
        """The system that ``sysSn`` names, bound to the account (else 6005)."""
        return self.account.bound(text(self.params, "sysSn"))


@frozen(kw_only=True)
class Endpoint:
    """One of the 21 interfaces.

    ``check`` sees the parameters before anybody looks whose system it is: what is missing or absurd is refused
    first. ``about_a_system`` endpoints are then refused for a system that is not bound, or not entitled.
    """

    name: str
    verb: Literal["GET", "POST"]
    answer: Callable[[Call], Any]
    check: Callable[[Params], object] = lambda params: text(params, "sysSn")
    about_a_system: bool = True
    writes: bool = False
    telemetry: bool = False
    """Whether an offline system may refuse it (6042)."""
