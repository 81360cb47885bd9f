"""Reads the document: a TOML file, which is read again once it has changed, or a mapping."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpower_core import provider as core
from openpower_tariff.mapping import Calendar
from openpower_tariff.models import TariffDocument


class Source:
    """Where a document comes from.

    Args:
        file: the TOML file.
        document: or its content.
    """

    def __init__(self, file: Path | None, document: Mapping[str, Any] | TariffDocument | None) -> None:
        if (file is None) is (document is None):
            raise core.InvalidValue(
                "the tariff is either in a file or a document.",
                provider="tariff",
                hint="Give file='tariff.toml'. 'openpower login tariff' writes one to start from.",
            )
        self._file, self._document = file, document
        self._seen: tuple[int, int] | None = None
        self._calendar: Calendar | None = None

    def calendar(self) -> Calendar:
        """The calendar of the document as it is now.

        Raises:
            InvalidValue: it cannot be read, or does not say what every hour costs; the message names the place.
        """
        if self._file is None:
            if self._calendar is None:
                self._calendar = _calendar(self._document, "the document")
            return self._calendar
        try:
            status = self._file.stat()
            seen = status.st_mtime_ns, status.st_size
            if self._calendar is None or seen != self._seen:
                # Numbers as they are written: 0.1 is a tenth.
                data = tomllib.loads(self._file.read_text(encoding="utf-8-sig"), parse_float=Decimal)
                self._calendar, self._seen = _calendar(data, self._file.name), seen
        except OSError as error:
            hint = "'openpower login tariff' writes one to start from."
            raise core.ConfigurationError(
                f"the tariff {self._file} cannot be read: {error.strerror}.", provider="tariff", hint=hint
            ) from error
        except ValueError as error:  # not TOML, or not UTF-8
            if isinstance(error, core.InvalidValue):
                raise
            raise core.InvalidValue(f"{self._file.name} is not TOML: {error}.", provider="tariff") from error
        return self._calendar


def _calendar(document: Any, name: str) -> Calendar:
    try:
        if not isinstance(document, TariffDocument):
            document = core.read_document(TariffDocument, document, name=name)
        return Calendar(document)
    except core.InvalidValue as error:
        if not error.message.startswith(name):
            error.message = f"{name}: {error.message}"
        error.provider = "tariff"
        raise
