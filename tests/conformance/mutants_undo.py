"""Mistakes in what is set and undone: of the template's one setting, and of AlphaESS's commands, which take several calls."""

from __future__ import annotations

from functools import partial

from mutants import ALPHAESS, TEMPLATE, Mutant

_alphaess = partial(Mutant, of=ALPHAESS)

MUTANTS = (
    Mutant(
        "a setting snapped silently",
        "writes.snapping_is_reported",
        "reserve_soc_pct of the battery was set to 23",
        {
            "_async/control.py": (" step=5,", ""),
            "_async/client.py": ('{"reserve": reserve}', '{"reserve": reserve // 5 * 5}'),
        },
        TEMPLATE,
    ),
    _alphaess(
        "a command at night instead of now",
        "writes.charge_charges",
        "minutes later the battery is at",
        {
            "_async/control.py": """\
from attrs import evolve

def _late(text):
    return text if text == "00:00" else f"{(int(text[:2]) + 6) % 24:02}{text[2:]}"

class AsyncLegacyDocument(AsyncLegacyDocument):
    def plan(self, current, desired):
        draft = super().plan(current, desired)
        charge = draft.document.charge
        periods = tuple(evolve(each, begin=_late(each.begin), end=_late(each.end)) for each in charge.periods)
        return evolve(draft, document=evolve(draft.document, charge=evolve(charge, periods=periods)))
"""
        },
    ),
    _alphaess(
        "an undo by what was read once",
        "writes.undo_after_a_partial_write",
        "after the release the vendor has",
        {
            "_async/control.py": """\
class AsyncLegacyDocument(AsyncLegacyDocument):
    known = None

    async def read(self):
        self.known = self.known or await super().read()
        return self.known
"""
        },
    ),
    _alphaess(
        "an undo that forgets a limit",
        "writes.release_puts_back",
        "After the release the vendor does not have its earlier state",
        {
            "_async/control.py": """\
class AsyncLegacyDocument(AsyncLegacyDocument):
    def with_fields(self, document, fields):
        return super().with_fields(document, {name: value for name, value in fields.items() if name != "charge_limit"})
"""
        },
    ),
    _alphaess(
        "a command that owns the whole document",
        "writes.undo_spares_other_clients",
        "Own only the fields that the command set",
        {
            "_async/control.py": """\
class AsyncLegacyDocument(AsyncLegacyDocument):
    def fields(self, document):
        return {"whole": super().fields(document)}

    def with_fields(self, document, fields):
        return super().with_fields(document, fields["whole"]) if fields else document
"""
        },
    ),
)
