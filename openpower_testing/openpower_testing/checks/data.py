"""Faults of data: null, missing, of another type or shape. Nothing crashes, no figure is invented, and parts fail alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, Final

from openpower_core.capabilities import Feature
from openpower_core.errors import OpenPowerError
from openpower_testing.checks._base import Instant, Seen, check, figures, instants, read_alone
from openpower_testing.checks._json import (
    GONE,
    everywhere,
    extended,
    is_number,
    is_word,
    leaves,
    noting,
    numbers_to,
    reworded,
)
from openpower_testing.checks.capabilities import ask
from openpower_testing.checks.faults import ALWAYS, is_known, recover, warm
from openpower_testing.faults import Trouble
from openpower_testing.harness import Harness

_SHAPES: Final = (b"null", b"{}", b"[]", b"42", b'"ok"', b"[null]", b'[[1, 2], {"a": []}]')


async def _spoilt(harness: Harness, rewrite: Callable[[Any], Any]) -> list[dict[str, Seen]]:
    """What a connection that knows its devices reports of rewritten responses, and a new one."""
    relay = harness.relay
    homes = [harness.connect(), harness.connect()]
    await harness.devices(homes[0])
    relay.rewrite = rewrite
    seen = [await read_alone(harness, home) for home in homes]
    relay.rewrite = None
    for home in homes:
        await harness.close(home)
    return seen


async def _first(harness: Harness) -> Instant:
    """The first instant at which much flows."""
    _ = harness.relay
    instant = await anext(instants(harness))
    if not instant.leaves:
        harness.skip("the vendor does not answer in JSON, which this check rewrites")
    return instant


async def _one_by_one(harness: Harness, change: Callable[[Any], Any], what: str) -> None:
    """Change one number of the responses after the other: no figure becomes 0 by it."""
    _ = harness.relay
    tried = set[str]()
    async for instant in instants(harness):
        for path in instant.numbers:
            if path not in tried:
                tried.add(path)
                for seen in await _spoilt(harness, numbers_to(change, only=path)):
                    _no_zeros(harness, instant, seen, f"The vendor {what} {path}")
    if not tried:
        harness.skip("the vendor's responses hold no JSON numbers, which this check changes")


def _no_zeros(harness: Harness, instant: Instant, seen: dict[str, Seen], what: str) -> None:
    for device, each in seen.items():
        for name, value in each.numbers.items():
            usual = instant.usual[device].numbers.get(name)
            if value == 0 and usual:
                harness.fail(
                    f"{what}, and {name} of {device} becomes 0 (it was {usual}).",
                    "None means unknown, and 0 means zero: never use one for the other.",
                )


@check("readings")
async def unknown_is_none(harness: Harness) -> None:
    """A figure that the vendor leaves null is None (or an error), and never a zero."""
    await _one_by_one(harness, lambda _: None, "says null for")


@check("data", per_flavour=False)
async def missing_fields(harness: Harness) -> None:
    """A missing field is unknown: no crash, and no zero."""
    await _one_by_one(harness, lambda _: GONE, "leaves out")


@check("data", per_flavour=False)
async def everything_null(harness: Harness) -> None:
    """If every figure is null, none is reported: None or an error, and never a zero."""
    _ = harness.relay
    async for instant in instants(harness):
        for seen in await _spoilt(harness, numbers_to(lambda _: None)):
            _no_zeros(harness, instant, seen, "Every figure is null")


_SERIES: Final = (Feature.HISTORY, Feature.USAGE, Feature.PRICES)
_WHOLE: Final = 10_000
"""Entries at either end of a list: all of them."""


@check("data", per_flavour=False)
async def null_in_a_series(harness: Harness) -> None:
    """A null in a history, in prices or usage is unknown or a gap, and never a zero."""
    for device, feature in await _promised(harness):
        found, _, usual = await _noted(harness, device, feature)
        for path in (path for path, values in found.items() if any(is_number(each) and float(each) for each in values)):
            for key, numbers in (await _series(harness, device, feature, partial(_nulled_at, path))).items():
                zeros = [name for name, each in numbers.items() if each == 0 and usual.get(key, {}).get(name)]
                if zeros:
                    harness.fail(
                        f"{path} is null in {feature} of {device}, and {zeros[0]} at {key[0]} becomes 0.",
                        "Make it None, or leave the entry out.",
                    )


@check("data", per_flavour=False)
async def null_costs_only_its_entry(harness: Harness) -> None:
    """A null in one entry of a history, of prices or usage costs that entry at most; a lost price or usage is a gap."""
    tried = 0
    for device, feature in await _promised(harness):
        _, middles, usual = await _noted(harness, device, feature)
        for path, (place, value) in middles.items():
            if "[*]" in path and is_number(value):
                tried += 1
                await _one_null(harness, device, feature, path, (place, usual))
    if not tried:
        harness.unproven(f"no response to a history, prices or usage holds a list of {_ENTRIES} numbers.")


async def _one_null(
    harness: Harness, device: str, feature: Feature, path: str, which: tuple[int, dict[tuple[Any, ...], Any]]
) -> None:
    place, usual = which
    number = count()

    def change(where: str, old: Any) -> Any:
        return None if where == path and next(number) == place else old

    what = f"One of {path} is null in {feature} of {device}"
    try:
        answer = await _answer(harness, device, feature, lambda response: everywhere(response, change, ends=_WHOLE))
    except OpenPowerError as error:
        harness.fail(f"{what}, and all is lost: {error!r}.", _NAME_GAPS)
    lost = usual.keys() - {_key(each) for each in answer}
    if len(lost) > _NEIGHBOURS:
        harness.fail(f"{what}, and {len(lost)} of {len(usual)} entries are lost.", _NAME_GAPS)
    if lost and not getattr(answer, "gaps", True):
        harness.fail(f"{what}, and the entry at {min(str(key[0]) for key in lost)} disappears in silence.", _NAME_GAPS)


@check("data", per_flavour=False)
async def null_in_settings(harness: Harness) -> None:
    """A setting or a limit that the vendor leaves null is unknown (None or an error), and never another number."""
    tried = 0
    for device, feature in await _promised(harness, Feature.SETTINGS, Feature.LIMITS):
        found: dict[str, list[Any]] = {}
        usual = Seen(await _answer(harness, device, feature, partial(noting, found, ends=_WHOLE))).numbers
        for path in (path for path, values in found.items() if any(map(is_number, values))):
            tried += 1
            try:
                answer = await _answer(harness, device, feature, partial(_nulled_at, path))
            except OpenPowerError:
                continue
            for name, value in Seen(answer).numbers.items():
                if value != usual.get(name):
                    harness.fail(
                        f"{path} is null in {feature} of {device}, and {name} becomes {value} (it was {usual.get(name)}).",
                        "Give the field no default but None; what is unknown must not be taken for a setting.",
                    )
    if not tried:
        harness.unproven("the responses that settings and limits are read from hold no number.")


_ENTRIES: Final = 4
"""So many entries make a series."""
_NEIGHBOURS: Final = 2
"""Entries that one null may cost: its own, and the one that it is the end of."""
_NAME_GAPS: Final = "Make the field optional in the record, and name the entry in gaps=[Gap(start=…, end=…, reason=…)]."


async def _promised(harness: Harness, *features: Feature) -> list[tuple[str, Feature]]:
    """Those of some features that there are, with the device that has them; of all series, if none is named."""
    await _first(harness)
    wanted = features or _SERIES
    promised = [(each.info.id, name) for each in await harness.devices() for name in wanted if each.capabilities[name]]
    return promised or harness.skip(f"no device has {' or '.join(wanted)}")


async def _noted(
    harness: Harness, device: str, feature: Feature
) -> tuple[dict[str, list[Any]], dict[str, tuple[int, Any]], dict[tuple[Any, ...], dict[str, Any]]]:
    """The leaves of the responses that a series is made of, the place and value of one amid a series, and the series' numbers."""
    found: dict[str, list[Any]] = {}
    middles: dict[str, tuple[int, Any]] = {}

    def note(answer: Any) -> Any:
        for path, values in leaves(answer, ends=_WHOLE).items():
            before = found.setdefault(path, [])
            if len(values) >= _ENTRIES:
                middles.setdefault(path, (len(before) + len(values) // 2, values[len(values) // 2]))
            before += values
        return answer

    usual = await _series(harness, device, feature, note)
    return found, middles, usual


def _nulled_at(wanted: str, answer: Any) -> Any:
    return everywhere(answer, lambda path, old: None if path == wanted else old, ends=_WHOLE)


async def _series(
    harness: Harness, wanted: str, feature: Feature, rewrite: Callable[[Any], Any]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The numbers of a series' entries by time and channel, as a new connection reads them; none if it cannot."""
    try:
        answer = await _answer(harness, wanted, feature, rewrite)
    except OpenPowerError:
        answer = ()
    return {_key(each): Seen(each).numbers for each in answer}


async def _answer(harness: Harness, wanted: str, feature: Feature, rewrite: Callable[[Any], Any]) -> Any:
    home = harness.connect()
    device = await harness.device(wanted, home)
    harness.relay.rewrite = rewrite
    try:
        return await ask(harness, device, feature)
    finally:
        harness.relay.rewrite = None
        await harness.close(home)


def _key(entry: Any) -> tuple[Any, ...]:
    stamp = getattr(entry, "stamp", None)
    return (
        stamp.measured_at if stamp else entry.start,
        getattr(entry, "channel", None),
        getattr(entry, "register", None),
    )


@check("data", per_flavour=False)
async def null_spoils_only_its_own(harness: Harness) -> None:
    """A null concerns only the devices that report the figure: the others read as usual."""
    instant = await _first(harness)
    if len(instant.usual) == 1:
        harness.skip("there is only one device")
    judged = 0
    for path in instant.numbers:
        other, _ = await _spoilt(harness, numbers_to(_one_more, only=path))
        if set(other) != set(instant.usual) or any(each.error for each in other.values()):
            continue  # no figure, but something that responses are found or understood by
        judged += 1
        (seen, _), usual = await _spoilt(harness, numbers_to(lambda _: None, only=path)), instant.usual
        for device, right in usual.items():
            same = figures(other[device].value) == figures(right.value)
            if same and (device not in seen or seen[device].value != right.value):
                harness.fail(
                    f"{path} is null, and {device}, which does not depend on it, gives {seen.get(device, Seen(None)).value!r}.",
                    "Make the field optional in the record, or read each device's part for itself.",
                )
    if instant.numbers and not judged:
        harness.unproven("every number that changes makes the response unreadable.")


def _one_more(value: Any) -> Any:
    return str(float(value) + 1) if isinstance(value, str) else value + 1


@check("data")
async def extra_fields(harness: Harness) -> None:
    """Unknown fields change nothing, in whatever object they are."""
    instant = await _first(harness)
    if not _changes(instant, await _spoilt(harness, extended)):
        return
    paths = dict.fromkeys(path.rpartition(".")[0] for path in instant.leaves)
    where = [path for path in paths if _changes(instant, await _spoilt(harness, partial(extended, only=path)))]
    harness.fail(
        f"An unknown field in {' or '.join(where) or 'several objects'} breaks the response, or changes a reading.",
        "Records keep unknown fields in .extras.",
    )


def _changes(instant: Instant, spoilt: list[dict[str, Seen]]) -> bool:
    usual = {device: seen.value for device, seen in instant.usual.items()}
    return any({device: each.value for device, each in seen.items()} != usual for seen in spoilt)


@check("data", per_flavour=False)
async def text_for_numbers(harness: Harness) -> None:
    """Numbers that come as text are read as numbers or refused; other text is refused or unknown."""
    instant = await _first(harness)
    for seen in await _spoilt(harness, numbers_to(str)):
        for device, each in seen.items():
            for name, value in each.numbers.items():
                if value != (usual := instant.usual[device].numbers.get(name)):
                    harness.fail(f"Numbers come as text, and {name} of {device} becomes {value} (it was {usual}).")
    for seen in await _spoilt(harness, numbers_to(lambda _: "--")):
        for device, each in seen.items():
            reported = {} if each.error else figures(each.value)
            if odd := [name for name, value in reported.items() if value == "--"]:
                harness.fail(f"The text '--' comes out as {odd[0]} of {device}.")
            _no_zeros(harness, instant, seen, "Every figure is the text '--'")


@check("data", per_flavour=False)
async def not_a_number(harness: Harness) -> None:
    """NaN and infinity never come out of a reading."""
    await _first(harness)
    odd = (math.nan, math.inf, -math.inf)
    for each in (*odd, *map(str, odd)):
        for seen in await _spoilt(harness, numbers_to(partial(_instead, each))):
            for device, reported in seen.items():
                for name, value in reported.numbers.items():
                    if not math.isfinite(value):
                        harness.fail(f"{name} of {device} is {value}.", "Refuse it, or make it None.")


def _instead(odd: Any, _: Any) -> Any:
    return odd


@check("data")
async def unknown_words(harness: Harness) -> None:
    """An unknown word where a known one is usual does not break the response, nor change a number."""
    structural = harness.enrolled.structural_words
    instant = await _first(harness)
    found = [path for path, values in instant.leaves.items() if any(is_word(each) for each in values)]
    paths = [path for path in found if path.rpartition(".")[2].removesuffix("[*]") not in structural]
    if not paths:
        harness.skip("the vendor's responses hold no words that do not decide what a record is")
    for path in paths:
        for seen in await _spoilt(harness, reworded(path)):
            for device, usual in instant.usual.items():
                each = seen.get(device)
                if each is None or each.error:
                    harness.fail(
                        f"An unknown word in {path} breaks the response, or makes {device} disappear.",
                        "Derive vendor words from VendorEnum; or name the key in structural_words, with the reason.",
                    )
                for name, value in each.numbers.items():
                    if value != usual.numbers.get(name):
                        harness.fail(f"An unknown word in {path} makes {name} of {device} {value}.")


@check("data", per_flavour=False)
async def other_shapes(harness: Harness) -> None:
    """JSON of another shape raises an error or has no effect; it causes no crash and no invented figure."""
    relay = harness.relay
    for shape in _SHAPES:
        known, new = await warm(harness), harness.connect()
        recover(harness)
        relay.fail(Trouble.STATUS, times=ALWAYS, status=200, body=shape)
        for home in (known, new):
            for device, seen in (await read_alone(harness, home)).items():
                if seen.is_live and seen.numbers and not await is_known(harness, device, seen):
                    harness.fail(f"The vendor answers {shape!r}, and {device} reports {seen.numbers}.")
        relay.clear()
        recover(harness)
