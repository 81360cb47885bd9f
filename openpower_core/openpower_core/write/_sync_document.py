# Generated from _async_document.py by openpower_testing; do not edit.
"""What a provider supplies to the write pipeline: documents, and settings, which are documents defined by a row."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

from attrs import frozen, has

from openpower_core._sync_closing import NativeClient
from openpower_core.capabilities import WriteLimits
from openpower_core.control import BatterySettings, PowerLimits
from openpower_core.convert import structure, to_dict
from openpower_core.writes import Draft, NativeCall, Scale

Current = TypeVar("Current")
Desired = TypeVar("Desired")


@frozen(kw_only=True)
class PlannedCall:
    """One call that a write makes: how receipts show it, and how it is sent."""

    call: NativeCall
    send: Callable[[], object]
    """Makes the request, once (``write=True``).

    A code that the vendor documents as a refusal is a :class:`WriteRejected`, :class:`AuthError` or
    :class:`RateLimited`; any other failure (a lost answer, an undocumented code) says nothing about the write.
    """


class Document(ABC, Generic[Current, Desired]):
    """One document of one box: a schedule, a settings page, anything that is planned as a whole.

    ``Current`` is a frozen value that compares by content (an attrs class, a tuple). It consists of **fields**: the
    smallest things that are owned, sent and restored as one (a period of a schedule, a limit, a switch). What we
    did not set, and what somebody else has changed since, is never touched. ``Desired`` is whatever the device's
    methods hand over.

    Only :meth:`read` and the calls of :meth:`writes` talk to the vendor.
    """

    name: str
    """The document's name within its box, such as ``"schedule"``. Receipts and restore points refer to it."""
    limits: WriteLimits = WriteLimits()
    """How often it may be written, and when a read-back counts; the same as in the capabilities."""
    budget: str = ""
    """Documents and native writes with the same budget share it; empty: the name."""
    not_applied_hint: str = ""
    """The hint for users if the vendor accepted a write and nothing changed."""
    unreadable: frozenset[str] = frozenset()
    """The fields that the vendor never shows (write-only flags): None in what :meth:`read` gives, and definite in what
    :meth:`plan` gives."""

    @abstractmethod
    def read(self) -> Current:
        """Ask the vendor, never a cache."""

    @abstractmethod
    def plan(self, current: Current, desired: Desired) -> Draft[Current]:
        """Merge what is desired into ``current`` and snap it to the vendor's grid; no I/O.

        ``current`` is what lies beneath openpower's own command: what the vendor has, with the fields that a command
        of ours still holds as they were before it.
        """

    @abstractmethod
    def writes(self, document: Current, current: Current) -> Sequence[PlannedCall]:
        """The vendor's calls that make ``document`` of ``current``, in order: only of what differs.

        The pipeline sends each once, and no further one after a failure; together they count as one write.
        """

    @abstractmethod
    def dump(self, document: Current) -> Any:
        """Return the document as JSON values, for restore points: no secrets and no serial numbers.

        The items of a dict are its fields; anything else is one field. It is kept in the state folder, where a keyed
        hash identifies the box.
        """

    @abstractmethod
    def load(self, data: Any) -> Current:
        """Return the document that :meth:`dump` was given."""

    def shown(self, document: Current) -> Any:
        """The document in the vocabulary's words, as the device shows it: a :class:`Schedule`, :class:`BatterySettings`, watts."""
        return document

    def fields(self, document: Current) -> dict[str, Any]:
        """The fields of a document as JSON values, by name."""
        data = self.dump(document)
        return {**data} if isinstance(data, dict) else {self.name: data}

    def with_fields(self, document: Current, fields: Mapping[str, Any]) -> Current:
        """The document with other values in some of its fields."""
        data = self.dump(document)
        return self.load({**data, **fields} if isinstance(data, dict) else fields.get(self.name, data))

    def same(self, field: str, current: Any, wanted: Any) -> bool | None:
        """Whether a field that was read is as wanted (JSON values); None if that cannot be seen."""
        return None if field in self.unreadable else bool(current == wanted)


class Setting(Document[Current, Any]):
    """One value that can be set: a reserve, a limit, a switch.

    A battery's reserve, which this vendor takes in steps of 5 %::

        reserve = Setting(
            "reserve", read=api.get_reserve, write=api.set_reserve, kind=int,
            field="reserve_soc_pct", step=5, high=100, unit="%", method="set_reserve", argument="percent",
        )

    A figure off the step is snapped, with an adjustment; one out of range is an
    :class:`~openpower_core.errors.InvalidValue` that names the range. What the device has already is never
    adjusted, however odd, so that asking for it again sends nothing.

    Args:
        name: its name within its box; receipts and restore points refer to it.
        read: asks the vendor, never a cache.
        write: sends a value, once (``write=True``).
        send: the same for vendors that take only what differs: it gets the current value as well.
        plan: how the desired state becomes the value, where steps and a range are not enough: see
            :meth:`Document.plan`.
        kind: the class of the value: ``float``, ``int``, ``float | None``, an attrs class …
        field: the figure's name in the caller's words; by default the setting's.
        step: the vendor's step.
        low: the lowest value.
        high: the highest value.
        unit: ``"%"``, ``"W"``, ``"A"``.
        rounding: to the nearest step, or ``"down"`` for limits that protect something.
        outside: whether a figure out of range is refused, or snapped to the end of the range.
        reason: why a figure is adjusted.
        method: the native method that receipts and guards see; by default the one that is ``write``.
        argument: the name of its one argument, by default that of ``write``; an attrs class gives one argument for each field.
        call: the native call as receipts show it, if it has other arguments than the value.
        writes: the planned calls, instead of write= or send=, if there is more than one.
        limits: how often it may be written, and when a read-back counts.
        budget: the budget that it shares with others; by default its own.
        not_applied_hint: the hint for users if the vendor accepted it and nothing changed.
    """

    def __init__(
        self,
        name: str,
        *,
        read: Callable[[], Current],
        write: Callable[[Current], object] | None = None,
        send: Callable[[Current, Current], object] | None = None,
        plan: Callable[[Current, Any], Draft[Current]] | None = None,
        kind: Any = float,
        field: str = "",
        step: float = 1,
        low: float = 0,
        high: float = math.inf,
        unit: str = "",
        rounding: Literal["nearest", "down"] = "nearest",
        outside: Literal["refuse", "snap"] = "refuse",
        reason: str = "",
        method: str = "",
        argument: str = "",
        call: Callable[[Current, Current], NativeCall] | None = None,
        writes: Callable[[Current, Current], Sequence[PlannedCall]] | None = None,
        limits: WriteLimits | None = None,
        budget: str = "",
        not_applied_hint: str = "",
    ) -> None:
        self.name = name
        self.limits = limits or WriteLimits()
        self.budget = budget
        self.not_applied_hint = not_applied_hint
        if [write, send, writes].count(None) != 2:
            raise TypeError(f"the setting {name!r} needs one of write=, send= and writes=")
        self._read, self._write, self._send, self._writes = read, write, send, writes
        self._plan, self._call = plan, call
        self._kind, self._method, self._argument = kind, method, argument
        if not (method and argument):
            named, first = _signature(write)
            self._method, self._argument = method or named or f"set_{name}", argument or first or "value"
        self.scale = Scale(
            field=field or name,
            step=step,
            low=low,
            high=high,
            unit=unit,
            rounding=rounding,
            outside=outside,
            reason=reason,
        )

    def read(self) -> Current:
        """Ask the vendor."""
        return self._read()

    def plan(self, current: Current, desired: Any) -> Draft[Current]:
        """Snap the desired value to the vendor's steps."""
        if self._plan is not None:
            return self._plan(current, desired)
        if desired == current:
            return Draft(document=current)
        if self._kind is bool:
            return Draft(document=desired)
        got, adjustments = self.scale.snap(desired)
        return Draft(document=self._kind(got), adjustments=adjustments)

    def writes(self, document: Current, current: Current) -> Sequence[PlannedCall]:
        """The one call that sends it, or those of ``writes=``."""
        if self._writes is not None:
            return self._writes(document, current)
        call = self._call_of(document) if self._call is None else self._call(document, current)
        if self._write is not None:
            write = self._write
            return [PlannedCall(call=call, send=lambda: write(document))]
        assert self._send is not None  # noqa: S101  (one of the three was given)
        send = self._send
        return [PlannedCall(call=call, send=lambda: send(document, current))]

    def _call_of(self, document: Current) -> NativeCall:
        value = self.dump(document)
        return NativeCall(method=self._method, arguments=value if has(type(document)) else {self._argument: value})

    def dump(self, document: Current) -> Any:
        """The value as JSON."""
        return to_dict(document)

    def load(self, data: Any) -> Current:
        """The value that :meth:`dump` was given."""
        value: Current = structure(self._kind, data)
        return value


def _signature(write: Any) -> tuple[str, str]:
    """The name of a native client's method, and that of its one argument; empty for any other function."""
    if not isinstance(getattr(write, "__self__", None), NativeClient) or write.__name__.startswith("_"):
        return "", ""
    method: Any = write.__func__
    while (wrapped := getattr(method, "__wrapped__", None)) is not None:
        method = wrapped
    names: tuple[str, ...] = method.__code__.co_varnames[1 : method.__code__.co_argcount]
    return (method.__name__, names[0]) if len(names) == 1 else ("", "")


class Settings(Document[Mapping[str, Any], Mapping[str, Any]]):
    """Several settings as one document, in which each row is a field: a battery's settings.

    Args:
        name: its name within its box.
        rows: the rows by the names of the settings. Their limits and hints have to agree: the first row's count.
    """

    def __init__(self, name: str, rows: Mapping[str, Setting[Any]]) -> None:
        first = next(iter(rows.values()))
        self.name, self.limits, self.budget = name, first.limits, first.budget
        self.not_applied_hint = first.not_applied_hint
        self._rows = rows

    def read(self) -> Mapping[str, Any]:
        """Ask for each."""
        return {name: row.read() for name, row in self._rows.items()}

    def plan(self, current: Mapping[str, Any], desired: Mapping[str, Any]) -> Draft[Mapping[str, Any]]:
        """Snap those that are named."""
        drafts = {name: self._rows[name].plan(current[name], value) for name, value in desired.items()}
        document = {**current, **{name: draft.document for name, draft in drafts.items()}}
        adjustments = [one for draft in drafts.values() for one in draft.adjustments]
        return Draft(document=document, adjustments=tuple(adjustments))

    def writes(self, document: Mapping[str, Any], current: Mapping[str, Any]) -> Sequence[PlannedCall]:
        """The calls of the rows that differ."""
        changed = [name for name in self._rows if document[name] != current[name]]
        return [call for name in changed for call in self._rows[name].writes(document[name], current[name])]

    def dump(self, document: Mapping[str, Any]) -> Any:
        """The values as JSON, by name."""
        return {name: row.dump(document[name]) for name, row in self._rows.items()}

    def load(self, data: Any) -> Mapping[str, Any]:
        """The values that :meth:`dump` was given."""
        return {name: row.load(data[name]) for name, row in self._rows.items()}

    def same(self, field: str, current: Any, wanted: Any) -> bool | None:
        """As its row says."""
        return self._rows[field].same(self._rows[field].name, current, wanted)

    def shown(self, document: Mapping[str, Any]) -> BatterySettings:
        """The battery's settings."""
        limits = {name: value for name, value in document.items() if name in ("max_charge_w", "max_discharge_w")}
        others: dict[str, Any] = {name: value for name, value in document.items() if name not in limits}
        return BatterySettings(**others, power_limits=PowerLimits(**limits) if limits else None)
