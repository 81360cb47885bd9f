"""What a check can come to: it passed, it failed with a cause and a remedy, or it does not apply, for a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Nonconformance", "NotApplicable", "Outcome", "Result"]


class Nonconformance(AssertionError):
    """What is wrong with a provider, in words for its author."""


class NotApplicable(Exception):
    """A check has nothing to look at here; the reason goes into the report."""


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(kw_only=True)
class Result:
    """How one check of one provider ended, in one flavour."""

    provider: str
    variant: str
    """What tells several enrolments of one provider apart; empty for the only one."""
    check: str
    """``group.name``."""
    flavour: str
    outcome: Outcome
    message: str = ""
    proved: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """The features that were seen to work: role and feature."""
    capabilities: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict[str, dict[str, dict[str, Any]]])
    """What the devices said they can do: by role, by feature."""

    @property
    def group(self) -> str:
        """The group that the check belongs to."""
        return self.check.partition(".")[0]
