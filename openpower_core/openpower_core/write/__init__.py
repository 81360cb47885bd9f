"""The write pipeline: every change of a device passes these steps, in this order.

validate → lock of the box → fresh read → plan on what lies beneath our own commands → equal? UNCHANGED → guards → a dry
run ends here → budget and pace (not for a release) → intent, restore point and audit line recorded in one transaction → each
call sent once → ACCEPTED if every call was answered by its documented success, else settle → read back →
CONFIRMED, PARTIAL (undone once), NOT_APPLIED or UNVERIFIABLE → audit line → hooks.

A document consists of fields. The restore point keeps, for each field that we set, what it held before and what we wrote. It ends only when every
field was read back as it was before, or as somebody else has set it: not by a refusal, a lost answer, a crash or a clock.

A provider only supplies settings and documents. A value such as a reserve is a row::

    reserve = AsyncSetting(
        "reserve_soc_pct", read=api.get_reserve, write=api.set_reserve, kind=int, step=5, high=100, unit="%",
        limits=WriteLimits(per_day=6, settle=timedelta(seconds=10), settle_timeout=timedelta(minutes=2)),
    )

Whatever is merged with other values at the vendor, above all a schedule, is an :class:`AsyncDocument` with its own
planner. The base of the device is given both, and the backend whose writer sends them, so that receipts and restore points
of an earlier process find them::

    AsyncBaseBattery(info, capabilities=…, backend=self, read=…, settings={"reserve_soc_pct": reserve}, program=schedule)

``command`` passes ``restorable=True`` and ``unattended``, so that :meth:`~AsyncWriter.release` can restore what was there
before. Set ``Draft.recurs_at`` and ``Draft.release_due`` where the device does not end a command by itself, and
``WriteLimits.ends``. A command that takes several native calls is one document, so that they count as one write. The base devices implement ``confirm`` and ``release``. Native methods that write go through
``writer.native.send(…)``; its ``budget`` is the name of the document that they change.

Values that cannot be read back (write-only flags) are None in the result of :meth:`~AsyncDocument.read`, and named in
``unreadable``. They are remembered as they were written until something else has changed what the write set.

If planning depends on the time, give the document the connection's clock.

Where to look: ``settling`` judges what was sent and read, ``proposal`` plans, ``request`` is one request to write, ``store`` defines what is
remembered and who may write, ``sqlite`` keeps it, ``folder`` reads it without a connection; ``writer``, ``attempt``, ``readback``, ``release`` and ``native`` do the I/O.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
