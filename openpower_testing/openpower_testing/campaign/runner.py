"""Lets one fault meet one operation, and says what was wrong with how it ended."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import re
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from typing import Any, Final

from attrs import evolve, field, frozen

from openpower_core.errors import OpenPowerError
from openpower_core.secrets import disguises
from openpower_testing.campaign.http import HttpFault, http_faults
from openpower_testing.checks._base import look, operations, other_operations
from openpower_testing.checks.capabilities import READS, ask
from openpower_testing.checks.secrets import listening
from openpower_testing.enrolment import Enrolment, TransportFault
from openpower_testing.harness import PATIENCE_S, Flavour, Harness

_ALWAYS: Final = 100_000
HANGS_AFTER_S: Final = 1.5 * PATIENCE_S
"""A call that has not ended by then hangs: its own deadline is over."""
DEADLINE_S: Final = 2.0
_TRIES: Final = 5
"""How often what depends on a short deadline is tried before it counts as broken: a busy machine is slow at times."""
LATEST: Final = 1.1
"""How much of its deadline a call may take."""
Fault = HttpFault | TransportFault


@frozen(kw_only=True)
class Action:
    """An operation: of a device, or the discovery of a new connection."""

    name: str
    call: Callable[[Harness, Any], Any] = field(repr=False)
    """Given the harness and a connection whose devices are known."""
    writes: bool = False
    discovers: bool = False


@frozen(kw_only=True)
class Ending:
    """How an operation under a fault ended."""

    fault: str
    action: str
    flavour: Flavour
    wrong: tuple[str, ...]
    """What must not be: foreign exceptions, hanging, leaks, double writes, a connection that stays broken."""
    error: str = ""
    """The class of the error that was raised; empty where there was a result."""
    seconds: float = 0.0
    slow: bool = False


async def actions_of(enrolled: Enrolment) -> list[Action]:
    """Everything that the devices can be asked and told by their capabilities, and what the native API reads."""
    found = [Action(name="discovery", call=lambda harness, home: look(harness, home, fresh=True), discovers=True)]
    flavour: Flavour = "sync" if enrolled.spec.connect is not None else "async"
    async with Harness(enrolled, flavour=flavour) as harness:
        for device in await harness.devices():
            found += _device_actions(device)
        found += _native_actions(enrolled, harness.home.native)
    return list({action.name: action for action in found}.values())


def _device_actions(device: Any) -> Iterator[Action]:
    role = str(device.info.role)
    # READS is a set of words: in its own order the part of the campaign would be another one in every process.
    for feature in sorted(READS):
        if device.capabilities[feature]:
            yield Action(name=f"{role}.{feature.value}", call=_reading(device.info.id, feature))
    for operation in [*operations(role), *other_operations(role)]:
        if device.capabilities[operation.feature]:
            name = f"{role}.{operation.method}({operation.feature.value})"
            yield Action(name=name, call=_writing(device.info.id, operation), writes=True)


_NATIVE_READ: Final = re.compile(r"(get|read|list|count|has|query)_")


def _native_actions(enrolled: Enrolment, native: Any) -> Iterator[Action]:
    """The calls that the enrolment names, and those that read and need no argument."""
    for name, method in inspect.getmembers(native.__class__, inspect.isfunction):
        needed = [each for each in inspect.signature(method).parameters.values() if _is_needed(each)]
        if _NATIVE_READ.match(name) and len(needed) == 1:  # self
            yield Action(name=f"native.{name}", call=_native(_without_arguments(name)))
    for name, call in enrolled.native_calls.items():
        yield Action(name=f"native.{name}", call=_native(call))


def _without_arguments(name: str) -> Callable[[Any, Sequence[Any]], Any]:
    return lambda native, _: getattr(native, name)()


def _is_needed(parameter: inspect.Parameter) -> bool:
    several = {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}
    return parameter.default is parameter.empty and parameter.kind not in several


def _native(call: Callable[[Any, Sequence[Any]], Any]) -> Callable[[Harness, Any], Any]:
    async def ask_native(harness: Harness, home: Any) -> None:
        devices = await harness.devices(home)
        # A device's native API knows which of the account's boxes it is about.
        await harness.ok(call(devices[0].native if devices else home.native, devices))

    return ask_native


def _reading(device: str, feature: Any) -> Callable[[Harness, Any], Any]:
    async def read(harness: Harness, home: Any) -> None:
        await ask(harness, await _device(harness, home, device), feature)

    return read


def _writing(device: str, operation: Any) -> Callable[[Harness, Any], Any]:
    async def write(harness: Harness, home: Any) -> None:
        found = await _device(harness, home, device)
        await harness.call(found, operation.method, **operation.desired(harness))

    return write


async def _device(harness: Harness, home: Any, name: str) -> Any:
    # A home of the next run has another serial where the enrolment numbers them: the place in the list is the same.
    devices = await harness.devices(home)
    return next((each for each in devices if each.info.id.rpartition("/")[2] == name.rpartition("/")[2]), devices[0])


def faults_of(enrolled: Enrolment) -> tuple[Fault, ...]:
    """The faults of the provider's transport; none where everything happens in the process."""
    if enrolled.transport == "http":
        return http_faults()
    return tuple(enrolled.transport_faults)


async def meet(
    enrolled: Enrolment, fault: Fault, action: Action, flavour: Flavour, *, deadline_s: float = 1.0
) -> Ending:
    """Let the fault meet the operation in a home of its own."""
    async with Harness(enrolled, flavour=flavour) as harness:
        slow = _is_slow(fault)
        home = harness.connect(**({"timeout": deadline_s} if slow else {}))
        if not action.discovers:
            await harness.devices(home)
        with listening() as listener:
            began, written = time.monotonic(), len(harness.relay.writes) if harness.has_relay else 0
            with _injected(harness, fault, action, deadline_s):
                error, wrong = await _outcome(harness, action, home)
            seconds = time.monotonic() - began
        wrong += _leaks(harness, error, listener.lines)
        if harness.has_relay:
            wrong += _doubled(harness, written)
        wrong += await _afterwards(harness, home, slow=slow)
    raised = type(error).__name__ if error is not None else ""
    return Ending(
        fault=fault.name,
        action=action.name,
        flavour=flavour,
        wrong=tuple(wrong),
        error=raised,
        seconds=seconds,
        slow=slow,
    )


@contextmanager
def _injected(harness: Harness, fault: Fault, action: Action, deadline_s: float) -> Generator[None]:
    if isinstance(fault, TransportFault):
        with fault.inject(harness.served):
            yield
        return
    relay = harness.relay
    relay.silence = 3 * deadline_s
    relay.rewrite = fault.rewrite
    # Before a write the device is read: only what comes after that has to do with writing.
    relay.only = harness.enrolled.is_write if action.writes else None
    if fault.spoil:
        relay.fail(times=_ALWAYS, **fault.spoil)
    try:
        yield
    finally:
        relay.clear()
        relay.rewrite = relay.only = None


async def _outcome(harness: Harness, action: Action, home: Any) -> tuple[BaseException | None, list[str]]:
    """What the operation raised, and what is wrong with that."""
    try:
        # In a thread of its own, so that a blocking call that hangs does not hang the campaign.
        calling = asyncio.to_thread(asyncio.run, action.call(harness, home)) if harness.flavour == "sync" else None
        await asyncio.wait_for(calling or action.call(harness, home), HANGS_AFTER_S)
    except OpenPowerError as error:
        return error, [] if str(error) else ["an error without words"]
    except TimeoutError as error:
        return error, [f"hangs for more than {HANGS_AFTER_S:.0f} s"]
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        where = traceback.extract_tb(error.__traceback__)[-1]
        return error, [f"foreign: {type(error).__name__}: {str(error)[:200]} ({where.filename}:{where.lineno})"]
    return None, []


def _doubled(harness: Harness, written: int) -> list[str]:
    sent = Counter((each.method, each.target.partition("?")[0], each.body) for each in harness.relay.writes[written:])
    return [
        f"sent {count} times: {method} {target}" for (method, target, body), count in sent.items() if count > 1 and body
    ]


async def _afterwards(harness: Harness, home: Any, *, slow: bool) -> list[str]:
    """The same connection has to work once the fault is over."""
    if not harness.is_timed:
        return []
    harness.later(hours=2)  # back-offs, rate limits and cached answers are over by then
    found = ""
    for _ in range(_TRIES if slow else 1):
        try:
            await look(harness, home, fresh=True)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            found = f"the connection stays broken: {type(error).__name__}: {str(error)[:200]}"
        else:
            return []
    return [found]


# Leaks


def _leaks(harness: Harness, error: BaseException | None, lines: list[str]) -> list[str]:
    places = {"a log": "\n".join(lines)}
    if error is not None:
        places["the traceback's locals"] = "\n".join(_locals(error))
        places["the error"] = f"{error!r} {error} {vars(error)}"
    return [
        f"{name} shows in {place}"
        for name, secret in harness.secrets().items()
        for place, text in places.items()
        if _shows(secret, text)
    ]


def _locals(error: BaseException | None) -> Iterator[str]:
    """What a crash reporter would show of the frames that an error, and what it came from, passed through."""
    if error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            for value in frame.f_locals.values():
                with suppress(Exception):  # not everything has a repr
                    yield repr(value)
        yield from _locals(error.__cause__ or error.__context__)


def _shows(secret: str, text: str) -> bool:
    """Whether a text holds a secret, as it is or as vendors and transports disguise it."""
    return any(pattern.search(text) for pattern in _patterns(secret))


@lru_cache(maxsize=16)  # of the emulators' secrets, which every meeting looks for
def _patterns(secret: str) -> tuple[re.Pattern[str], ...]:
    digest = hashlib.md5(secret.encode(), usedforsecurity=False).hexdigest()
    return disguises(secret), disguises(digest)


# The whole and the part


AT_ONCE: Final = 8
"""How many slow meetings of the whole wait at the same time; more would keep each other from ending in time."""
Meeting = tuple[Fault, Action]


async def run_campaign(enrolled: Enrolment, flavour: Flavour, *, whole: bool) -> list[Ending]:
    """Run the campaign in one flavour.

    Args:
        enrolled: the provider.
        flavour: which one.
        whole: let each fault meet each operation, and look at how long the slow ones take; else each fault meets one
            operation in one of the flavours.
    """
    actions, faults = await actions_of(enrolled), faults_of(enrolled)
    if whole:
        meetings = [(fault, action) for fault in faults for action in actions]
        return await asyncio.to_thread(_whole, enrolled, flavour, meetings)
    return [
        await meet(enrolled, fault, action, flavour, deadline_s=0.5)
        for fault, action in _part(faults, actions, flavour)
    ]


def _part(faults: Sequence[Fault], actions: Sequence[Action], flavour: Flavour) -> Iterator[Meeting]:
    for place, fault in enumerate(faults):
        if place % 2 == (flavour == "async") or isinstance(fault, TransportFault):
            # Both numbers move on, so that over the faults every operation has its turn.
            yield fault, actions[(place // 2) % len(actions)]


def _whole(enrolled: Enrolment, flavour: Flavour, meetings: Sequence[Meeting]) -> list[Ending]:
    def ending(meeting: Meeting) -> Ending:
        return asyncio.run(meet(enrolled, *meeting, flavour, deadline_s=DEADLINE_S))

    slow = [each for each in meetings if _is_slow(each[0])]
    # Each listener restores the levels that it found: within one of them all those at the same time find the finest.
    with listening(), ThreadPoolExecutor(AT_ONCE) as pool:
        waited = list(pool.map(ending, slow))
    measured = [_again(met, partial(ending, meeting)) for meeting, met in zip(slow, waited, strict=True)]
    return measured + [ending(each) for each in meetings if not _is_slow(each[0])]


def _is_slow(fault: Fault) -> bool:
    return isinstance(fault, HttpFault) and fault.slow


def _again(met: Ending, meet_again: Callable[[], Ending]) -> Ending:
    """Measure what took too long again, alone: beside others, and on a busy machine, a call that keeps its deadline waits."""
    for _ in range(_TRIES):
        if met.seconds <= LATEST * DEADLINE_S:
            return met
        met = meet_again()
    return evolve(met, wrong=(*met.wrong, f"timeout={DEADLINE_S:.0f} took {met.seconds:.2f} s"))
