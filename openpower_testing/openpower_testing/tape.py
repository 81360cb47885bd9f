"""Trying a provider on cassettes: what a check asked of the emulator once, played back to both flavours."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from attrs import frozen

from openpower_testing._cassette_format import CassetteFormat
from openpower_testing._scrubbing import Scrubber
from openpower_testing.outcomes import NotApplicable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = ["Tape"]

_HOST: Final = "https://vendor.example"
_MATCH_ON: Final = ["method", "scheme", "host", "path", "query", "body"]


@frozen(kw_only=True)
class Tape:
    """One cassette."""

    path: Path
    record: bool = False
    """Whether it is recorded anew; else it is played, and nothing is sent."""

    @contextmanager
    def over(self, served: Any, secrets: Mapping[str, str]) -> Generator[str]:
        """Record from, or play instead of, what ``home`` serves; gives the address to connect to."""
        # Imported so, since it has no types.
        vcr: Any = import_module("vcr")
        real = str(served.options.get("base_url") or getattr(served, "url", ""))
        if not real.startswith("http"):
            raise NotApplicable("only HTTP is recorded")
        if not self.record and not self.path.is_file():
            raise NotApplicable(f"there is no cassette {self.path.name}")
        vendors = f"{_HOST}{urlsplit(real).path}"
        scrubber = Scrubber()
        scrubber.pretend(real, vendors)
        for name, secret in secrets.items():
            scrubber.hide(secret, name.replace("_", "-"))
        machine: Any = vcr.VCR(
            serializer="openpower",
            match_on=_MATCH_ON,
            record_mode="once" if self.record else "none",
            decode_compressed_response=True,
            before_record_request=scrubber.request,
            before_record_response=scrubber.response,
        )
        how = "by the conformance kit against the emulator; nothing in it is of a real account"
        machine.register_serializer("openpower", CassetteFormat(lambda: how))
        if self.record:
            self.path.unlink(missing_ok=True)
        with machine.use_cassette(str(self.path)):
            yield real if self.record else vendors
