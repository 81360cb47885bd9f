"""The pipeline behind the base devices and the plugins of a real connection's context."""

from __future__ import annotations

from datetime import timedelta
from sys import modules
from typing import TYPE_CHECKING, Any

import pytest

from openpower_core.capabilities import Capabilities, Capability, Feature, Support
from openpower_core.clock import ManualClock
from openpower_core.connection.context import Context
from openpower_core.control import BatteryCommand, BatteryMode
from openpower_core.devices._sync import BaseBattery
from openpower_core.errors import Unsupported, Veto
from openpower_core.registry.hooks import Hooks
from openpower_core.registry.hookspecs import hookimpl
from openpower_core.write import MemoryStore, SQLiteStore, Writer
from openpower_core.writes import WriteState

if TYPE_CHECKING:
    from pathlib import Path

    from openpower_core.writes import Confirm, Receipt

FULL = Capability(support=Support.FULL)


class Battery(BaseBattery):
    """What a provider's author writes for a battery."""

    def __init__(self, document: Any, desired: Any, **options: Any) -> None:
        super().__init__(documents=[document], **options)
        self._document = document
        self._desired = desired

    def command(
        self, command: BatteryCommand, *, dry_run: bool = False, confirm: Confirm = "accepted", unattended: bool = False
    ) -> Receipt:
        return self._write(
            self._document,
            self._desired(command),
            operation="command",
            dry_run=dry_run,
            confirm=confirm,
            restorable=True,
            unattended=unattended,
        )


class Guard:
    """A plugin that refuses everything, or crashes."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    @hookimpl
    def openpower_before_write(self, device: Any, plan: Any) -> None:
        raise self.error


def make(harness: Any, context: Context) -> Battery:
    toy = modules[type(harness).__module__]

    def desired(command: BatteryCommand) -> Any:
        return toy.Desired(window=str(command.mode), until=command.until)

    features = {Feature.CHARGE: FULL, Feature.HOLD: FULL, Feature.RELEASE: FULL}
    return Battery(
        toy.PageDocument(harness.planning),
        desired,
        info=toy.INFO,
        capabilities=Capabilities(features=features),
        context=context,
        writer=Writer.over(context),
    )


@pytest.fixture
def harness(sync_harness: Any) -> Any:
    """One flavour will do: the bases are generated, and the pipeline is tested in both."""
    return sync_harness


def make_context(harness: Any, **options: Any) -> Context:
    options.setdefault("store", MemoryStore())
    options.setdefault("hooks", Hooks(discover=False))
    return Context(provider="toy", clock=harness.clock, **options)


def test_charge_hold_release(harness: Any) -> None:
    """The short forms, and the release of the base."""
    battery = make(harness, make_context(harness))
    battery.charge()
    battery.hold(confirm="readback")
    receipt = battery.release()

    assert [page.window for page in harness.sent] == ["charge", "hold", ""]
    assert battery.confirm(receipt).state is WriteState.CONFIRMED


def test_what_is_unsupported_sends_nothing(harness: Any) -> None:
    """Before any request."""
    battery = make(harness, make_context(harness))

    with pytest.raises(Unsupported):
        battery.export()
    assert harness.vendor.reads == 0


def test_without_a_writer_there_is_nothing_to_release(harness: Any) -> None:
    """Unsupported, not an accident."""
    battery = BaseBattery(make(harness, make_context(harness)).info, capabilities=Capabilities())

    with pytest.raises(Unsupported):
        battery.release()


@pytest.mark.parametrize("error", [Veto("the car comes first"), RuntimeError("bug")])
def test_a_guard_plugin_that_raises_or_crashes_blocks_the_write(harness: Any, error: Exception) -> None:
    """``Veto`` carries its reason, and both carry the receipt."""
    hooks = Hooks(discover=False)
    hooks.add(Guard(error), name="guard")
    battery = make(harness, make_context(harness, hooks=hooks))

    with pytest.raises(Veto, match=r"the car comes first|crashed") as caught:
        battery.charge()
    assert caught.value.receipt is not None
    assert harness.sent == []


def test_a_state_folder_makes_the_connection_keep_the_end(harness: Any, tmp_path: Path) -> None:
    """``until`` is taken without ``unattended``; the store is a file there."""
    context = make_context(harness, store=None, state_dir=tmp_path)
    battery = make(harness, context)
    receipt = battery.charge(until=harness.clock.now() + timedelta(hours=1))
    writer: Any = battery._writer
    writer.close()

    assert receipt.release_due is not None
    assert isinstance(writer.store, SQLiteStore)


def test_without_one_connections_to_an_account_share_memory(harness: Any) -> None:
    """Two connections of one process have one budget."""
    context = make_context(harness, store=None, in_memory=True, base_url="https://toy.example")

    assert Writer.over(context).store is Writer.over(context).store


def test_the_clock_is_the_connection_s(harness: Any) -> None:
    """Nothing in here waits for real."""
    assert isinstance(harness.clock, ManualClock)
    assert make(harness, make_context(harness)).command(BatteryCommand(mode=BatteryMode.CHARGE)).at == (
        harness.clock.now()
    )
