"""Faults of data: what vendors leave out, add, misspell or get wrong breaks no program and invents no figure."""

from __future__ import annotations

import math
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from openpower_core.errors import OpenPowerError
from openpower_testing.checks import _rewriting
from openpower_testing.checks._looking import figures, look
from openpower_testing.checks._registry import check
from openpower_testing.faults import Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpower_testing.harness import Harness

__all__ = [
    "everything_null",
    "extra_fields",
    "missing_fields",
    "not_a_number",
    "other_shapes",
    "text_for_numbers",
    "unknown_words",
]

_SHAPES: Final = (b"null", b"{}", b"[]", b"42", b'"ok"', b"[null]", b'[[1, 2], {"a": []}]')


async def _seen(harness: Harness, rewrite: Callable[[Any], Any]) -> dict[str, dict[str, Any]] | None:
    """What a new connection tells of rewritten answers; None where it raises one of our errors."""
    harness.relay.rewrite = rewrite
    try:
        seen = await look(harness, harness.connect(), fresh=True)
    except OpenPowerError:
        return None
    except Exception as error:  # noqa: BLE001 - that is the finding
        harness.fail(
            f"It crashes with {type(error).__name__}: {error}",
            "Structure answers with records and structure(), which turn what is wrong into BadResponse.",
        )
    return {device: figures(value) for device, value in seen.items()}


@check(each_flavour=False)
async def everything_null(harness: Harness) -> None:
    """Where every figure is null, none is told: None or an error, and never a zero."""
    usual = await _seen(harness, lambda answer: answer) or {}
    seen = await _seen(harness, partial(_rewriting.everywhere, change=_nulled))
    for device, told in (seen or {}).items():
        for name, value in told.items():
            if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                before = usual.get(device, {}).get(name)
                if value == 0 and before not in (0, None):
                    harness.fail(
                        f"Every figure is null, and {name} of {device} becomes 0.",
                        "None means not known, and 0 means zero.",
                    )


def _nulled(_: str, value: Any) -> Any:
    return value if isinstance(value, str | bool) else None


@check(each_flavour=False)
async def missing_fields(harness: Harness) -> None:
    """A field that is left out is not known: no crash, and no zero."""
    keys: dict[str, None] = {}
    usual = await _seen(harness, lambda answer: _rewriting.collect(answer, keys)) or {}
    for key in list(keys):
        seen = await _seen(harness, partial(_rewriting.dropped, wanted=key))
        for device, told in (seen or {}).items():
            for name, value in told.items():
                before = usual.get(device, {}).get(name)
                if value is not False and value == 0 and before not in (0, None):
                    harness.fail(f"The vendor leaves {key!r} out, and {name} of {device} becomes 0.")


@check()
async def extra_fields(harness: Harness) -> None:
    """Fields that nobody knows change nothing."""
    usual = await _seen(harness, lambda answer: answer)
    seen = await _seen(harness, _rewriting.extended)
    if seen is None:
        harness.fail("An unknown field breaks the answer.", "Records keep them in .extras.")
    if seen != usual:
        harness.fail("Unknown fields change what is read.")


@check(each_flavour=False)
async def text_for_numbers(harness: Harness) -> None:
    """Numbers that come as text are read as numbers or refused; other text is refused or not known."""
    usual = await _seen(harness, lambda answer: answer) or {}
    seen = await _seen(harness, lambda answer: _rewriting.everywhere(answer, _as_text))
    if seen is not None and _numbers(seen) - _numbers(usual):
        harness.fail("Numbers that come as text are read as other numbers.")
    seen = await _seen(harness, lambda answer: _rewriting.everywhere(answer, _as_nonsense))
    for device, told in (seen or {}).items():
        odd = [name for name, value in told.items() if value == "--"]
        if odd:
            harness.fail(f"The text '--' comes out as {odd[0]} of {device}.")


def _as_text(_: str, value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if number else value


def _as_nonsense(_: str, value: Any) -> Any:
    return "--" if isinstance(value, int | float) and not isinstance(value, bool) else value


def _numbers(seen: dict[str, dict[str, Any]]) -> set[tuple[str, str, Any]]:
    return {
        (device, name, value)
        for device, told in seen.items()
        for name, value in told.items()
        if isinstance(value, int | float | Decimal)
    }


@check(each_flavour=False)
async def not_a_number(harness: Harness) -> None:
    """NaN and infinity never come out of a reading."""
    for odd in (math.nan, math.inf, -math.inf):
        seen = await _seen(harness, partial(_rewriting.everywhere, change=partial(_odd, odd)))
        for device, told in (seen or {}).items():
            for name, value in told.items():
                if isinstance(value, float | Decimal) and not math.isfinite(value):
                    harness.fail(f"{name} of {device} is {value}.", "Refuse it, or make it None.")


def _odd(odd: float, _: str, value: Any) -> Any:
    return odd if isinstance(value, float) else value


@check()
async def unknown_words(harness: Harness) -> None:
    """A word that nobody has heard of, where a known one is usual, breaks no answer."""
    structural = harness.enrolled.structural_words
    found: dict[str, None] = {}
    usual = await _seen(harness, lambda answer: _rewriting.words(answer, found)) or {}
    for key in found:
        seen = await _seen(harness, partial(_rewriting.reworded, wanted=key))
        if key in structural:
            continue
        if seen is None:
            harness.fail(
                f"An unknown word in {key!r} breaks the answer.",
                "Derive vendor words from VendorEnum; or name the key in structural_words, with the reason.",
            )
        if set(seen) != set(usual):
            harness.fail(f"An unknown word in {key!r} makes devices disappear.")


@check(each_flavour=False)
async def other_shapes(harness: Harness) -> None:
    """JSON of another shape is an error, or at most nothing; it crashes nothing and invents no figure."""
    relay = harness.relay
    for shape in _SHAPES:
        relay.fail(Trouble.STATUS, times=10_000, status=200, body=shape)
        seen = await _seen(harness, lambda answer: answer)
        relay.clear()
        for device, told in (seen or {}).items():
            invented = {
                name: value
                for name, value in told.items()
                if isinstance(value, int | float | Decimal) and not isinstance(value, bool)
            }
            if invented:
                harness.fail(f"The vendor answers {shape!r}, and {device} tells {invented}.")
