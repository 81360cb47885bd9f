# Generated from client.py by openpower_testing; do not edit.
"""The native API: the document itself, typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from openpower_core import provider as core
from openpower_tariff.client import Source
from openpower_tariff.models import TariffDocument


class TariffBook(core.NativeClient):
    """A tariff's document. Its file is read when it is first needed, and again once it has changed."""

    _arguments: ClassVar[Mapping[str, core.Converter]] = {
        "year": lambda value, name: core.count(value, name, low=1, high=9999)
    }

    def __init__(self, source: Source) -> None:
        self._source = source

    def close(self) -> None:
        """Nothing is kept open."""

    def document(self) -> TariffDocument:
        """The whole document, checked."""
        return self._source.calendar().document

    def holidays(self, year: int) -> dict[date, str]:
        """The days of a year that it treats as holidays, by their names."""
        return self._source.calendar().holidays(year)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"
