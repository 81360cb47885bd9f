"""What several checks do: look at everything that a home tells, and take readings apart into figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from openpower_core.capabilities import Feature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpower_testing.harness import Harness

__all__ = ["figures", "kind_of", "look", "main_question"]

_NOT_FIGURES = {"raw", "stamp"}


async def look(harness: Harness, connection: Any = None, *, fresh: bool = False) -> dict[str, Any]:
    """Read every device of a home, and ask retailers for the current price: by device id."""
    seen: dict[str, Any] = {}
    for device in await harness.devices(connection):
        question = main_question(device, fresh=fresh)
        if question is not None:
            method, keywords = question
            seen[device.info.id] = await harness.call(device, method, **keywords)
    return seen


def main_question(device: Any, *, fresh: bool = False) -> tuple[str, dict[str, Any]] | None:
    """What a device is first of all asked: a method and its arguments; None where it tells nothing."""
    from datetime import timedelta

    if device.capabilities[Feature.READ]:
        return "read", {"max_age": timedelta(0)} if fresh else {}
    if device.capabilities[Feature.CURRENT_PRICE]:
        return "current_price", {}
    return None


def figures(value: Any, name: str = "") -> dict[str, Any]:
    """Every figure and word of a reading, by its path: ``{"pv_energy.today_kwh": 3.1, "pv_w": None, …}``."""
    return dict(_figures(value, name))


def _figures(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    kind = kind_of(value)
    if attrs.has(kind):
        for field in attrs.fields(kind):
            if field.name not in _NOT_FIGURES:
                inner = f"{name}.{field.name}" if name else field.name
                yield from _figures(getattr(value, field.name), inner)
    elif kind is tuple:
        for place, each in enumerate(value):
            yield from _figures(each, f"{name}[{place}]")
    else:
        yield name, value


def kind_of(value: object) -> Any:
    """The class of something of which nothing is known."""
    return type(value)
