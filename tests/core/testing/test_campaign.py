"""The fault campaign: what it is made of. That it finds what is broken is shown by the mutants of group "campaign"."""

from __future__ import annotations

import asyncio

import pytest
from acme_power.behaviour import Behaviour
from acme_power.emulator import serve
from acme_power.plugin import make_spec

from openpower_simulation.emulation._server import Served
from openpower_testing import Conformance
from openpower_testing.campaign.http import http_faults
from openpower_testing.campaign.runner import Ending, actions_of, meet
from openpower_testing.faults import _listener

RESERVE = "battery.apply_settings(reserve_soc)"


class Acme(Conformance):
    """A provider of reads and of one write."""

    openpower_conformance = False
    provider = make_spec()

    def home(self, clock: object) -> object:  # type: ignore[override]
        return serve(clock)  # type: ignore[arg-type]


def test_every_fault_has_a_name_of_its_own_and_changes_something() -> None:
    """And there are as many as the design asks for."""
    faults = http_faults()

    assert len({fault.name for fault in faults}) == len(faults) >= 155
    assert all(bool(fault.spoil) != (fault.rewrite is not None) for fault in faults)


def test_actions_are_what_the_devices_can_do() -> None:
    """Discovery, reads and writes."""
    actions = {action.name: action for action in asyncio.run(actions_of(Acme()))}

    assert {"discovery", "inverter.read", RESERVE, "retailer.prices"} <= set(actions)


def under(fault: str, action: str, enrolled: Conformance | None = None) -> Ending:
    """How an operation ends under a fault."""
    enrolled = enrolled or Acme()
    (chosen,) = [each for each in http_faults() if each.name == fault]
    (asked,) = [each for each in asyncio.run(actions_of(enrolled)) if each.name == action]
    return asyncio.run(meet(enrolled, chosen, asked, "async"))


def test_a_slow_fault_ends_with_the_deadline() -> None:
    """And says so."""
    ending = under("silent", "discovery")

    assert (ending.error, ending.wrong, ending.slow) == ("Timeout", (), True)


def test_a_write_that_is_sent_twice_is_found() -> None:
    """A refusal says nothing of what came before it, so a write that may have left is not repeated."""

    class SendsTwice(Behaviour):
        retries_by_hand = True

    class Careless(Acme):
        provider = make_spec(SendsTwice)

    assert any("sent 2 times: PUT" in each for each in under("reset", RESERVE, Careless()).wrong)
    assert under("reset", RESERVE).wrong == ()


@pytest.mark.parametrize("kind", ["fault server", "emulator"])
def test_a_process_may_have_more_servers_than_there_are_ports(kind: str) -> None:
    """Each gets a port that none of the 1,000 before it had, and the whole campaign has tens of thousands of servers."""
    served = Served(None, host="127.0.0.1", port=0)
    ports: list[int] = []
    for _ in range(30_000):
        with _listener() if kind == "fault server" else served._bind("127.0.0.1", 0) as listener:
            ports.append(listener.getsockname()[1])

    assert all(len(set(ports[start : start + 1000])) == 1000 for start in range(0, 30_000, 1000))
