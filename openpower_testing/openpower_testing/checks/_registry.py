"""Where checks enlist: each is a function of a bench, whose docstring is the truth that it proves."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpower_testing.harness import Harness

__all__ = ["CHECKS", "Check", "check"]

Body = Callable[["Harness"], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check."""

    name: str
    """``group.name``."""
    truth: str
    body: Body
    each_flavour: bool = True
    """Whether it is run once per flavour; else once, and looks at both or at neither."""
    live: bool = False
    """Whether it may be run against the vendor's real service: it only reads."""
    live_write: bool = False
    """Whether it may be run there if writes are allowed."""

    @property
    def group(self) -> str:
        """The group that it belongs to."""
        return self.name.partition(".")[0]


CHECKS: dict[str, Check] = {}
"""Every check by name, in the order in which they are run."""


def check(*, each_flavour: bool = True, live: bool = False, live_write: bool = False) -> Callable[[Body], Body]:
    """Enlist a function as a check; its module names the group."""

    def enlist(body: Body) -> Body:
        group = body.__module__.rpartition(".")[2]
        enlisted = Check(
            name=f"{group}.{body.__name__}",
            truth=inspect.getdoc(body) or "",
            body=body,
            each_flavour=each_flavour,
            live=live,
            live_write=live_write,
        )
        CHECKS[enlisted.name] = enlisted
        return body

    return enlist
