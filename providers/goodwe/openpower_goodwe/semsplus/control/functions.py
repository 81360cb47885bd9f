"""The functions that a device offers, found by register address: ids differ from model to model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import field, frozen

from openpower_core.provider import Unsupported, structure
from openpower_goodwe.semsplus.models import Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


CHARGE_NOW: Final = "47545"
"""1 starts charging at once, 0 stops it."""
CHARGE_TARGET: Final = "47546"
CHARGE_POWER: Final = "47603"
"""Percentage of the rated power."""
EXPORT_SWITCHES: Final = ("47509", "40327")
"""All-in-One and hybrid; grid-tied."""
EXPORT_WATTS: Final = ("47510", "40328")
EXPORT_PERCENT: Final = "40336"
"""Percentage of the rated power, on three-phase grid-tied models."""
MIN_SOC: Final = "45356"
"""100 less the depth of discharge on the grid."""
MAX_SOC: Final = "47760"

_RANGE: Final = re.compile(r"\[\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*\]")
_SWITCH: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    "start": (("80017", 4), ("45218", 1), ("40330", 0)),
    "stop": (("80017", 2), ("45218", 0), ("40331", 0)),
    "restart": (("80017", 1), ("45221", 361), ("40332", 0)),
}
"""Address and value by model: most; All-in-One; DNS."""


def functions_in(tree: Any) -> list[Function]:
    """Every function in a tree of menus, at any depth."""
    return [structure(Function, node, where="$.functions") for node in _nodes(tree)]


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        node = cast("dict[str, Any]", tree)
        if isinstance(node.get("address"), str | int) and isinstance(node.get("id"), str | int):
            yield node
        for value in node.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in cast("list[object]", tree):
            yield from _nodes(value)


def _as_tuple(given: Iterable[Function]) -> tuple[Function, ...]:
    return tuple(given)


@frozen
class Functions:
    """What one device offers."""

    known: tuple[Function, ...] = field(converter=_as_tuple)

    def find(self, *addresses: str, key: str | None = None) -> Function | None:
        """The first of these addresses that the device offers, with the id that its model gives it.

        Args:
            addresses: in the order of preference.
            key: the ``translateKey`` to prefer where one address has several functions.
        """
        for address in addresses:
            fits = [each for each in self.known if str(each.address) == address]
            if fits:
                return next((each for each in fits if key and each.translate_key == key), fits[0])
        return None

    def has(self, *addresses: str) -> bool:
        """Whether all of these are there."""
        return all(self.find(each) is not None for each in addresses)

    def ids(self, *addresses: str) -> dict[str, str]:
        """``addrFuncMap``: the ids of those addresses that there are."""
        found = {address: self.find(address) for address in addresses}
        return {address: str(each.function_id) for address, each in found.items() if each}

    def span(self, address: str) -> tuple[float, float] | None:
        """The range that the device takes; None where it names none."""
        function = self.find(address)
        match = _RANGE.search(function.range or "") if function else None
        return (float(match[1]), float(match[2])) if match else None


def switch_writes(functions: Functions, action: str) -> dict[str, int]:
    """Address and value by which this model is started, stopped or restarted.

    Raises:
        Unsupported: its tree names none of the known ones.
    """
    for address, value in _SWITCH[action]:
        if functions.find(address):
            return {address: value}
    raise Unsupported(
        f"this inverter offers no function to {action} it; nothing was sent.",
        feature=action,
        alternatives=("goodwe-local",),
        provider="goodwe-sems",
        operation=action,
        hint='In the same network, try connect("goodwe-local", host=…).',
    )
