"""The write pipeline: every change of a device goes through it, in this order.

validate → one writer per box → fresh read → merge and snap → equal? UNCHANGED → guards → a dry run ends here →
budget and pace → intent and restore point recorded → send once → ACCEPTED → settle → read back →
CONFIRMED, NOT_APPLIED or UNVERIFIABLE → audit line → hooks.

A provider supplies settings and documents, and nothing else. A value such as a reserve is a row::

    self._reserve = AsyncSetting(
        "reserve", read=api.get_reserve, write=api.set_reserve, kind=int,
        field="reserve_soc_pct", step=5, high=100, unit="%", method="set_reserve", argument="percent",
        limits=WriteLimits(per_day=6, settle=timedelta(seconds=10), settle_timeout=timedelta(minutes=2)),
    )

Whatever is merged with what the vendor has beside it, a schedule above all, is an :class:`AsyncDocument` with a
planner of its own. The backend makes one writer per connection and closes it; the device hands its settings and
documents over when it is made, so that receipts and restore points of an earlier process find them::

    self.writer = AsyncWriter.over(context)               # await self.writer.aclose() when the backend closes
    super().__init__(info, capabilities=…, context=context, writer=self.writer, documents=[self._reserve])

    async def apply_settings(self, *, reserve_soc_pct=UNSET, dry_run=False, confirm="accepted"):
        return await self._write(
            self._reserve, reserve_soc_pct,
            operation="apply_settings", dry_run=dry_run, confirm=confirm,
        )

``command`` passes ``restorable=True`` and ``unattended``: then :meth:`~AsyncWriter.release` can put back what was there
before. ``Draft.recurs_at`` and ``Draft.release_due`` are set where the hardware does not keep the end by itself.
A command that takes several native calls is one document, so that they count as one write and are restored
together. ``confirm`` and ``release`` are done by the base devices. Native methods that write go through
``writer.native.send(…)``; its ``budget`` is the name of the document that they change.

Values that nobody can read back (write-only flags) are None in what :meth:`~AsyncDocument.read` gives. As long as our
own last write stands, planning starts from what was written; once anything visible differs, from what was read.

Plans have their own idea of "now": give the document the connection's clock where planning needs it.

Where to look: ``settling`` judges what was sent and read, ``request`` is who asks for what, ``store`` what is remembered,
``sqlite`` where, ``lease`` who may write; ``writer``, ``attempt``, ``release`` and ``native`` do the rest.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
