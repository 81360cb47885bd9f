"""What one request would send, and what there is to restore then; without I/O, which the attempts add."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import attrs
from attrs import frozen

from openpower_core.capabilities import End
from openpower_core.control import UNTIL_RELEASED, BatteryCommand, BatteryMode
from openpower_core.convert import structure, to_dict
from openpower_core.errors import OpenPowerError
from openpower_core.write import settling
from openpower_core.write.request import WriteRequest, role_of, with_note
from openpower_core.write.settling import Fields, Kind, Status, View
from openpower_core.write.store import RELEASE, Change, Entry, Remembered, RestorePoint, Sent, Stage, as_text, of_write
from openpower_core.writes import Draft, Receipt, WriteState


class Planned(Fields, Protocol):
    """What planning needs of a document."""

    name: str
    budget: str

    def plan(self, current: Any, desired: Any) -> Draft[Any]: ...
    def fields(self, document: Any) -> dict[str, Any]: ...
    def with_fields(self, document: Any, fields: Mapping[str, Any]) -> Any: ...


@frozen(kw_only=True)
class Proposal:
    """What would be sent."""

    view: View
    document: Any
    wanted: Mapping[str, Any]
    """All of its fields."""
    changed: Mapping[str, Any]
    """Those that have to be sent."""
    lasting: Mapping[str, Any]
    """What a lasting change makes of what lies beneath a command."""
    receipt: Receipt
    until: datetime | None = None
    """When the command ends, by itself or by a release."""


class Planning:
    """Plans one request on what was read.

    Args:
        document: the document to change.
        request: who asks for what.
        desired: the desired state; a release has none.
        undo: the write to take back.
    """

    _current: Any
    """What was read."""
    _read: Mapping[str, Any]
    """Its fields."""

    def __init__(self, document: Planned, request: WriteRequest, desired: Any, undo: Entry | None) -> None:
        self._document = document
        self._request = request
        self._desired = desired
        self._undo = undo
        self._clock = request.context.clock

    def _propose(self, view: View) -> Proposal:
        request, document = self._request, self._document
        lasting: Mapping[str, Any] = {}
        until: datetime | None = None
        if request.kind is Kind.RELEASE:
            draft = Draft(document=self._with(view.beneath))
        elif self._undo is not None:
            draft = Draft(document=self._with(self._undone(view, self._undo)))
        else:
            beneath = self._with(view.beneath)
            if view.ours:  # what somebody has put in the place of a field of ours is theirs from now on
                view = settling.declined(view, self._fields(beneath))
            desired, until = self._with_end()
            draft = document.plan(beneath, desired)
            if request.kind is Kind.COMMAND:
                draft = self._ended(draft, until)
                if self._holds_already(view):
                    draft = attrs.evolve(draft, document=self._with(view.has))
            else:
                lasting = self._fields(draft.document)
                draft = self._under_command(view, draft)
        wanted = self._fields(draft.document)
        if request.kind is Kind.RELEASE:
            view = settling.declined(view, wanted)
        changed = settling.changes(view, wanted)
        if view.doubtful and view.last is not None:
            changed |= {name: wanted[name] for name in view.last.wanted if name in wanted}
        return Proposal(
            view=view,
            document=draft.document,
            wanted=wanted,
            changed=changed,
            lasting=lasting,
            receipt=request.planned(draft, ()),
            until=until,
        )

    def _with_end(self) -> tuple[Any, datetime | None]:
        """What is desired, with the end that the device has to keep, and when it ends."""
        desired, asked = self._desired, self._request.command
        if asked is None:
            return desired, None
        if asked.until == UNTIL_RELEASED:
            return attrs.evolve(asked, until=None), None
        # AUTO is where a battery rests, and a command that says when it begins may do so much later.
        if asked.until is not None or asked.mode is BatteryMode.AUTO:
            return desired, asked.until
        until = max(self._clock.now(), asked.start or self._clock.now()) + self._request.context.default_duration
        if self._document.limits.ends is not End.DEVICE:
            return desired, until
        # Without an end, a target that is reached ends the command.
        return attrs.evolve(asked, until=until, then="hold" if asked.target_soc_pct is None else "release"), until

    def _ended(self, draft: Draft[Any], until: datetime | None) -> Draft[Any]:
        """The draft with the release that a command without an end needs where the device does not keep one."""
        asked = self._request.command
        if asked is None or asked.until is not None or self._document.limits.ends is End.DEVICE:
            return draft
        return attrs.evolve(draft, release_due=draft.release_due or until)

    def _holds_already(self, view: View) -> bool:
        """Whether the very same command holds, so that planning it again would only move its start."""
        active, asked = view.active, self._request.command
        if active is None or asked is None or view.doubtful or active.command != _plain(asked):
            return False
        half = self._request.context.default_duration / 2
        by_device = asked.until is None and active.due is None and active.until is not None
        if by_device and active.until is not None and active.until - self._clock.now() < half:
            return False  # the device has to be told a later end
        return all(
            self._document.same(name, view.has.get(name), owned.wrote[0]) is not False
            for name, owned in active.fields.items()
        )

    def _under_command(self, view: View, draft: Draft[Any]) -> Draft[Any]:
        """A lasting change with the command that holds planned over it again."""
        active = view.active
        if self._request.kind is not Kind.SETTING or active is None:
            return draft
        try:
            if active.command is None:
                return attrs.evolve(draft, document=self._document.plan(self._with(view.has), self._desired).document)
            command = structure(BatteryCommand, active.command)
            if command.until in (None, UNTIL_RELEASED):
                command = attrs.evolve(command, until=active.until)
            again = self._document.plan(draft.document, command)
        except OpenPowerError:  # the command cannot be planned any more, as after its end
            again = self._document.plan(self._with(view.has), self._desired)
        return attrs.evolve(draft, document=again.document)

    def _undone(self, view: View, undo: Entry) -> dict[str, Any]:
        same = self._document.same
        taken = {
            name: undo.before.get(name)
            for name, wrote in undo.wanted.items()
            if same(name, view.has.get(name), wrote) is not False
        }
        return {**view.has, **taken}

    # What is remembered of it.

    def _intent(self, proposal: Proposal) -> tuple[Entry, RestorePoint | None]:
        """The entry, and the restore point from before the first byte on; both are recorded before anything is sent."""
        document, view = self._document, proposal.view
        unreadable = {name: value for name, value in proposal.wanted.items() if name in document.unreadable}
        wanted = {**unreadable, **proposal.changed}
        point, after = self._points(proposal)
        entry = self._request.entry(
            document.name,
            budget_of(document),
            proposal.receipt,
            before={name: view.has.get(name) for name in wanted},
            wanted=wanted,
            unproven=tuple(name for name, value in wanted.items() if document.same(name, view.read.get(name), value)),
            after=after,
        )
        return entry, point

    def _points(self, proposal: Proposal) -> tuple[RestorePoint | None, RestorePoint | None]:
        """What there is to restore while it is under way, and once it was applied."""
        request, view, now = self._request, proposal.view, Sent.now(self._clock)
        prior = view.point
        if request.kind.restores:
            assert prior is not None  # noqa: S101  (there is something to restore)
            point = attrs.evolve(prior, entry=request.id, sent=now)
            # The release itself has to be seen, too.
            look_again = now.at + self._document.limits.settle_timeout
            if request.kind is Kind.RELEASE:
                return point, attrs.evolve(point, active=False, due=look_again)
            return point, point
        fields = settling.taken(view, proposal.changed)
        if request.kind is Kind.COMMAND:
            point = self._command_point(proposal, fields, now)
            return point, point
        if view.active is not None:
            point = attrs.evolve(view.active, fields=fields, entry=request.id, sent=now)
        else:
            point = self._new_point(fields, now, active=False)
        return point, self._kept(point, proposal)

    def _kept(self, point: RestorePoint, proposal: Proposal) -> RestorePoint | None:
        again = self._clock.now() + self._document.limits.settle_timeout
        return settling.kept(point, proposal.lasting, proposal.wanted, again)

    def _new_point(self, fields: Mapping[str, Any], now: Sent, **of_command: Any) -> RestorePoint:
        request = self._request
        return RestorePoint(
            fields=fields,
            entry=request.id,
            operation=request.operation,
            role=role_of(request.info),
            at=now.at,
            sent=now,
            **of_command,
        )

    def _command_point(self, proposal: Proposal, fields: Mapping[str, Any], now: Sent) -> RestorePoint:
        receipt, asked = proposal.receipt, self._request.command
        return self._new_point(
            fields,
            now,
            command=None if asked is None else _plain(asked),
            until=proposal.until,
            due=receipt.release_due,
            recurs_at=receipt.recurs_at,
        )

    # What needs no sending.

    def _nothing_to_release(self, known: Remembered) -> Receipt:
        note = "Nothing is commanded, so there is nothing to release."
        last = known.last
        if last is not None and last.operation == RELEASE and last.stage is not Stage.REJECTED:
            note = f"It was released at {self._request.local(last.sent.at)}."
        return attrs.evolve(self._request.receipt(WriteState.UNCHANGED), note=note)

    def _unchanged(self, proposal: Proposal) -> Receipt:
        view, receipt = proposal.view, proposal.receipt
        if self._request.kind is Kind.RELEASE:
            return attrs.evolve(receipt, state=WriteState.UNCHANGED, note=self._release_note(view))
        if view.status is Status.PENDING and view.last is not None:
            note = f"The same was accepted at {self._request.local(view.last.sent.at)} and does not show yet."
            receipt = attrs.evolve(receipt, note=with_note(receipt, note))
        return attrs.evolve(receipt, state=WriteState.UNCHANGED)

    def _release_note(self, view: View) -> str:
        left = settling.closed(view, self._clock, self._document.limits)
        notes: list[str] = []
        if view.left and view.point is not None:
            since, names = self._request.local(view.point.at), ", ".join(sorted(view.left))
            notes.append(f"Something else has changed {names} since {since}, so nothing of that was changed.")
        if view.point is None:
            return "The last change was meant to last and has come about, so there is nothing to release."
        if left is None:
            return " ".join(notes) or "What was there before has been restored already."
        if view.shown and view.last is not None:
            notes.append(f"The release was accepted at {self._request.local(view.last.sent.at)} and does not show yet.")
        else:
            minutes = self._document.limits.settle_timeout.total_seconds() / 60
            notes.append(
                f"What was there before is there; a late write may show until {minutes:.0f} minutes after it was sent."
            )
        return " ".join(notes)

    def _still(self, proposal: Proposal) -> RestorePoint | None:
        """The restore point after a request that the vendor fulfils already."""
        view, kind = proposal.view, self._request.kind
        active = view.active
        if active is None:
            return view.point
        if kind is Kind.COMMAND:
            # The same state for another time: only its end moves.
            made = self._command_point(proposal, active.fields, active.sent)
            return attrs.evolve(made, entry=active.entry, at=active.at)
        return self._kept(active, proposal)

    def _closing(self, view: View) -> Change:
        """Ends what was read back as before, and looks again later at what may still show."""
        left = settling.closed(view, self._clock, self._document.limits)
        if left is not None:
            left = attrs.evolve(left, active=False, due=self._clock.now() + self._document.limits.settle_timeout)
        # A lasting change that was interrupted, and has come about, leaves nothing to restore.
        newest = view.point.entry if view.point else view.last.id if view.last else ""
        return of_write(newest, lambda _: left)

    def _fields(self, document: Any) -> dict[str, Any]:
        return plain_fields(self._document, document)

    def _with(self, fields: Mapping[str, Any]) -> Any:
        """What was read, with other values in some fields; the very same one if none differs."""
        other = {name: value for name, value in fields.items() if name not in self._read or self._read[name] != value}
        return self._document.with_fields(self._current, other) if other else self._current


def _plain(value: Any) -> Any:
    """A value as JSON gives it back, so that it compares with what is remembered."""
    return json.loads(as_text(to_dict(value)))


def plain_fields(document: Planned, current: Any) -> dict[str, Any]:
    """The fields of a document as JSON gives them back."""
    fields: dict[str, Any] = json.loads(as_text(document.fields(current)))
    return fields


def budget_of(document: Planned) -> str:
    """The budget that a document's writes count in."""
    return document.budget or document.name
