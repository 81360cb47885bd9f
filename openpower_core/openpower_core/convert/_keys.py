"""Under which keys the data of a record comes, and which of what came it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from openpower_core.records import NO_EXTRAS, Extras, Record, data_fields, vendor_key

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Keys"]


class Keys:
    """The vendor's keys of one record class."""

    def __init__(self, cls: type[Record]) -> None:
        fields = data_fields(cls)
        self._also: Final = {other: vendor_key(f) for f in fields for other in f.metadata.get("also", ())}
        self._known: Final = {*self._also, *map(vendor_key, fields)}

    def present(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What the data says, nulls left out and other spellings put right."""
        present = {name: value for name, value in data.items() if value is not None}
        for other, name in self._also.items():
            if name not in present and other in present:
                present[name] = present[other]
        return present

    def unknown(self, data: Mapping[str, Any]) -> Extras:
        """What the record does not declare."""
        sent = {name: value for name, value in data.items() if name not in self._known}
        return Extras(sent) if sent else NO_EXTRAS

    def take_unknown(self, data: dict[str, Any]) -> dict[str, Any]:
        """Take out of the data what the record does not declare, and put other spellings right."""
        for other, name in self._also.items():
            if other in data:
                value = data.pop(other)
                if data.get(name) is None:
                    data[name] = value
        unknown = data.keys() - self._known
        return {name: data.pop(name) for name in list(data) if name in unknown} if unknown else {}
