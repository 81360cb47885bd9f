"""Integrations: each publishes homes to one tool and can forward its orders; they are vendor-independent and fail separately."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from openpower_core.errors import ConfigurationError, OpenPowerError
from openpower_hub.tasks import check_cancelled

if TYPE_CHECKING:
    from openpower_core.clock import Clock
    from openpower_hub.config import HubConfig

_log = logging.getLogger("openpower.hub")

_FIRST_RETRY_S: Final = 1.0
_LONGEST_RETRY_S: Final = 60.0
_STEADY_S: Final = 15.0
"""After so long without a failure an integration works again; longer than a connection takes to be refused."""


class Integration(Protocol):
    """Runs until it is cancelled; it is restarted if it ends for any other reason."""

    async def run(self) -> None:
        """Show the homes, and pass on orders.

        Raises:
            OpenPowerError: it cannot go on; it is logged once, and tried again at growing distance.
        """
        ...


INTEGRATIONS: Final[dict[str, tuple[str, Callable[[HubConfig], bool]]]] = {
    "mqtt": ("openpower_hub.mqtt:MQTT", lambda config: config.mqtt is not None),
    "predbat": ("openpower_hub.predbat:Predbat", lambda config: config.predbat is not None),
    "http": ("openpower_hub.http:HTTP", lambda config: config.http.enabled),
    "history": ("openpower_hub.history:History", lambda config: config.history.enabled),
    "emhass": ("openpower_hub.emhass:EMHASS", lambda config: config.emhass is not None),
    "notifications": ("openpower_hub.notifications:Notifications", lambda config: config.notifications is not None),
    "rules": ("openpower_hub.rules:Rules", lambda config: bool(config.rules)),
}
"""By name: the class, which takes the hub, and whether the configuration asks for it. What is not asked for is not loaded."""


def wanted(config: HubConfig) -> Iterator[str]:
    """The integrations that a configuration asks for."""
    return (name for name, (_, asked) in INTEGRATIONS.items() if asked(config))


def made(name: str, hub: Any) -> Integration:
    """An integration of a :class:`~openpower_hub.engine.Hub`, by its name."""
    module, _, cls = INTEGRATIONS[name][0].partition(":")
    integration: Any = getattr(import_module(module), cls)
    return integration(hub)  # type: ignore[no-any-return]


async def kept(name: str, integration: Integration, clock: Clock, problems: dict[str, str]) -> None:
    """Run an integration for ever: a failure is logged once, and it is started again at growing distance.

    Args:
        name: its name.
        integration: what to run.
        clock: for the pauses.
        problems: what integrations failed with, by name; its own is there until it has run for a while.
    """
    failed, logged = 0, ""
    while True:
        begun, before = clock.monotonic(), problems.get(name)
        steady = asyncio.get_running_loop().call_later(_STEADY_S, _forget, problems, name, before)
        try:
            return await integration.run()
        except asyncio.CancelledError:
            raise
        except ConfigurationError as error:
            _log.error("%s: %s", name, words_of(error))
            problems[name] = words_of(error)
            return None
        except OpenPowerError as error:
            words = words_of(error)
            if words != logged:
                _log.warning("%s: %s It is tried again.", name, words)
            logged = words
        except Exception as error:  # noqa: BLE001 - an integration never ends the hub
            words = logged = f"{type(error).__name__}: {error}"
            _log.exception("%s failed and is started again", name)
        finally:
            steady.cancel()
        check_cancelled()  # what fails at its end must not run on
        problems[name] = words
        if clock.monotonic() - begun > _LONGEST_RETRY_S:
            failed, logged = 0, ""
        await clock.asleep(min(_FIRST_RETRY_S * 2.0**failed, _LONGEST_RETRY_S))
        failed = min(failed + 1, 10)  # a power of two of a thousand failures is no float


def _forget(problems: dict[str, str], name: str, words: str | None) -> None:
    """An integration runs again: what it failed with is over, unless it is something new."""
    if problems.get(name) == words:
        problems.pop(name, None)


def words_of(error: OpenPowerError) -> str:
    """An error with its remedy, in a line."""
    return f"{error} {error.hint}" if error.hint and error.hint not in str(error) else str(error)
