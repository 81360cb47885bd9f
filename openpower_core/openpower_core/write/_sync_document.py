# Generated from _async_document.py by openpower_testing; do not edit.
"""What a provider tells the write pipeline about one thing that the vendor holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from openpower_core.capabilities import WriteLimits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpower_core.write.drafts import Draft
    from openpower_core.writes import NativeCall

__all__ = ["Document"]

Current = TypeVar("Current")
Desired = TypeVar("Desired")


class Document(ABC, Generic[Current, Desired]):
    """One document of one box: a schedule, a settings page, a switch.

    ``Held`` is a frozen value that compares by content (an attrs class, a tuple), in one canonical form:
    order and spelling that the vendor does not care about must not make two of them differ. Parts that
    nobody can read back (write-only flags) are None, or marked as inferred, in what :meth:`read` gives and
    definite in what :meth:`plan` gives. ``Wish`` is whatever the device's methods hand over.

    Only :meth:`read` and :meth:`send` talk to the vendor.
    """

    name: str
    """Names the document within its box: ``"schedule"``. Receipts and restore points refer to it."""
    limits: WriteLimits = WriteLimits()
    """How often it may be written, and when a read-back counts; the same that the capabilities show."""
    budget: str = ""
    """Documents and native writes with the same budget share it; without one, it is the name."""
    not_applied_hint: str = ""
    """What to tell people when the vendor accepted a write and nothing changed."""

    @abstractmethod
    def read(self) -> Current:
        """Ask the vendor anew what it holds; never from a cache."""

    @abstractmethod
    def plan(self, current: Current, desired: Desired) -> Draft[Current]:
        """Merge the wish into what is held and snap it to the vendor's grid; no I/O.

        Planning a wish onto a document that fulfils it already must give the same document, also some
        minutes later: that is how the same write twice sends nothing the second time.
        """

    @abstractmethod
    def send(self, document: Current, current: Current) -> None:
        """Make the vendor hold the document; ``held`` is what it holds now, for those who send differences.

        Send what :meth:`calls` names. Every request goes out once (``write=True``). A refusal is a :class:`RequestError` or
        :class:`WriteRejected`; a lost answer is a :class:`Timeout` or :class:`NetworkError`.
        """

    def calls(self, document: Current, current: Current) -> Sequence[NativeCall]:  # noqa: ARG002
        """Name the native calls that :meth:`send` makes for the same arguments; all count as one write."""
        return ()

    def shows(self, current: Current, wanted: Current) -> bool | None:
        """Tell whether what was read shows what was wanted; None when nothing of it can be seen.

        False as soon as anything visible differs; parts that nobody can read do not count.
        """
        return current == wanted

    @abstractmethod
    def dump(self, document: Current) -> Any:
        """Give the document as JSON values, for restore points; no secrets."""

    @abstractmethod
    def load(self, data: Any) -> Current:
        """Give back what :meth:`dump` was given."""
