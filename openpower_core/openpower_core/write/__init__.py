"""The write pipeline: every change of a device goes through it, in this order.

validate → one writer per box → fresh read → merge and snap → equal? UNCHANGED → guards → a dry run ends here →
budget and pace → intent and restore point recorded → send once → ACCEPTED → settle → read back →
CONFIRMED, NOT_APPLIED or UNVERIFIABLE → audit line → hooks.

A provider supplies documents and nothing else. Say a vendor holds one number, the reserve::

    class Reserve(AsyncDocument[int, float]):
        name = "reserve"
        limits = WriteLimits(per_day=6, settle=timedelta(seconds=10), settle_timeout=timedelta(minutes=2))

        def __init__(self, api: Api) -> None:
            self._api = api

        async def read(self) -> int:                      # anew, never from a cache
            return (await self._api.get_settings()).reserve

        def plan(self, held: int, wish: float) -> Draft[int]:    # pure: merge, and snap to the vendor's grid
            got = round(wish / 5) * 5
            reason = "the vendor takes steps of 5 %"
            snapped = Adjustment(field="reserve_soc_pct", asked=wish, got=got, reason=reason)
            return Draft(document=got, adjustments=() if got == wish else (snapped,))

        def calls(self, document: int, held: int) -> list[NativeCall]:
            return [NativeCall(method="set_reserve", arguments={"percent": document})]

        async def send(self, document: int, held: int) -> None:  # once
            await self._api.post_reserve(document)

        def dump(self, document: int) -> int: return document   # JSON and back
        def load(self, data: int) -> int: return data

The backend makes one writer per connection and closes it; the device hands its documents over when it is made,
so that receipts and restore points of an earlier process find them::

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

Wishes carry their own idea of "now": give the document the connection's clock where planning needs it.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
