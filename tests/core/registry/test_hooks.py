"""Plugins: guards can stop a write, sinks cannot break a reading, and each is heard once."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from openpower_core.devices.info import DeviceInfo, Role
from openpower_core.errors import Veto
from openpower_core.provider import hookimpl
from openpower_core.readings import MeterReading, Stamp
from openpower_core.registry import hookspecs
from openpower_core.registry.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEVICE = DeviceInfo(id="X1/meter", provider="acme", serial="X1", role=Role.METER)
PLAN: Any = "the plan"
READING = MeterReading(stamp=Stamp(received_at=datetime(2026, 8, 1, tzinfo=UTC)), power_w=5.0)


@pytest.fixture
def hooks() -> Hooks:
    """Hooks without the installed plugins."""
    return Hooks(discover=False)


class Sink:
    """Records its calls."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    @hookimpl
    def openpower_reading(self, device: DeviceInfo, reading: MeterReading) -> None:
        self.heard.append((device, reading))

    @hookimpl
    def openpower_after_write(self, receipt: Any) -> None:
        self.heard.append(receipt)


class Crashing:
    """Fails whatever it is asked."""

    @hookimpl
    def openpower_reading(self, reading: MeterReading) -> None:
        raise RuntimeError("the disk is full")

    @hookimpl
    def openpower_before_write(self) -> None:
        raise RuntimeError("no price today")

    @hookimpl
    def openpower_resolve_credential(self) -> str:
        raise RuntimeError("the vault is shut")


class Guard:
    """Refuses every write."""

    @hookimpl
    def openpower_before_write(self, plan: Any) -> None:
        raise Veto(f"not {plan}")


class Vault:
    """Knows one credential."""

    @hookimpl
    def openpower_resolve_credential(self, provider: str, field: str) -> str | None:
        return "sesame" if (provider, field) == ("acme", "token") else None


def test_a_sink_hears_readings_and_receipts(hooks: Hooks) -> None:
    """A plugin takes only the arguments it wants."""
    sink = Sink()
    hooks.add(sink)
    hooks.reading(DEVICE, READING)
    hooks.after_write(DEVICE, "a receipt")  # type: ignore[arg-type]

    assert sink.heard == [(DEVICE, READING), "a receipt"]


def test_a_removed_plugin_hears_nothing(hooks: Hooks) -> None:
    """What was added can be taken back."""
    sink = Sink()
    hooks.add(sink)
    hooks.remove(sink)
    hooks.reading(DEVICE, READING)

    assert not sink.heard


def test_a_sink_that_raises_is_logged_once_and_the_next_one_hears(
    hooks: Hooks, caplog: pytest.LogCaptureFixture
) -> None:
    """Readings go on, and the log does not fill up."""
    sink = Sink()
    hooks.add(sink)
    hooks.add(Crashing(), name="crashing")
    with caplog.at_level(logging.WARNING, "openpower"):
        hooks.reading(DEVICE, READING)
        hooks.reading(DEVICE, READING)

    assert len(sink.heard) == 2
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "crashing" in caplog.text


def test_a_veto_passes_through(hooks: Hooks) -> None:
    """The guard's own words reach the caller."""
    hooks.add(Guard())

    with pytest.raises(Veto, match="not the plan"):
        hooks.before_write(DEVICE, PLAN)


def test_a_guard_that_crashes_blocks_the_write(hooks: Hooks) -> None:
    """It is unknown what it would have decided."""
    hooks.add(Crashing(), name="crashing")

    with pytest.raises(Veto, match=r"crashing crashed \(RuntimeError: no price today\)"):
        hooks.before_write(DEVICE, PLAN)


def test_the_first_plugin_that_knows_a_credential_answers(hooks: Hooks) -> None:
    """One that crashes is passed over."""
    hooks.add(Vault())
    hooks.add(Crashing())

    assert hooks.credential("acme", "token") == "sesame"
    assert hooks.credential("acme", "other") is None


def test_plugins_are_found_by_entry_point(install: Callable[..., Path]) -> None:
    """The group is ``openpower.plugins``."""
    code = (
        "from openpower_core.errors import Veto\n"
        "from openpower_core.provider import hookimpl\n"
        "@hookimpl\ndef openpower_before_write(device, plan): raise Veto('by entry point')\n"
    )
    install("acme-guard", "acme_guard", code, group="openpower.plugins")

    with pytest.raises(Veto, match="by entry point"):
        Hooks().before_write(DEVICE, PLAN)


@pytest.mark.parametrize(
    "code",
    ["1 / 0", "raise SystemExit", "from openpower_core.provider import hookimpl\n@hookimpl\ndef openpower_x(): ...\n"],
    ids=["crash", "exit", "unknown hook"],
)
def test_a_plugin_that_cannot_be_loaded_blocks_writes_and_nothing_else(
    install: Callable[..., Path], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It may have been a guard."""
    install("acme-guard", "acme_guard", code, group="openpower.plugins")
    hooks = Hooks()
    hooks.reading(DEVICE, READING)

    with pytest.raises(Veto, match=r"acme-guard 1\.0.*uninstall"):
        hooks.before_write(DEVICE, PLAN)
    assert "acme-guard" in caplog.text


@pytest.mark.parametrize("name", [name for name in hookspecs.__all__ if "openpower_" in name])
def test_every_hook_is_documented(name: str) -> None:
    """The specification is the documentation."""
    assert getattr(hookspecs, name).__doc__
