"""What the server sends: the first view is whole without scripts, parts and events say the same, and commands go step by step."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import attrs
import httpx
import pytest
from page_server import settled

from openpower_core.clock import ManualClock
from openpower_core.connection import connect_async
from openpower_core.control import UNTIL_RELEASED, BatteryMode
from openpower_core.devices.roles import Role
from openpower_core.errors import NetworkError
from openpower_hub.changes import What
from openpower_hub.config import HistoryConfig, HomeConfig, HTTPConfig, HubConfig
from openpower_hub.control import Order
from openpower_hub.engine import Hub
from openpower_hub.http import application
from openpower_hub.page.live import live_of
from openpower_hub.page.views import Page


async def test_the_first_view_is_whole(browser: httpx.AsyncClient, hub: Hub) -> None:
    """Numbers, picture, prices and health stand in the HTML, within 30 kB compressed with the styles."""
    answer = await browser.get("/")

    assert answer.status_code == 200
    text = answer.text
    live = live_of(hub.homes["house"], hub.clock.now())
    assert f'<h1 id="sentence" data-t="sentence">{live.sentence}</h1>' in text
    for node in live.nodes:
        assert f'data-t="{node.id}.v">{node.value}<' in text
    assert 'role="img"' in text
    assert "Simulated home" in text
    styles = re.search(r'href="(/static/page\.[^"]+)"', text)
    assert styles is not None
    sizes = [int((await browser.get(path)).headers["content-length"]) for path in ("/", styles[1])]
    assert sum(sizes) <= 30_000


async def test_headers(browser: httpx.AsyncClient) -> None:
    """The page may load only what the hub serves, is not framed, and is never kept by a cache."""
    headers = (await browser.get("/")).headers

    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


async def test_no_serial_number_is_shown(browser: httpx.AsyncClient, hub: Hub) -> None:
    """Neither in the page nor in events, parts or forms."""
    serials = {state.info.serial for state in hub.homes["house"].devices.values()}
    battery = hub.homes["house"].of_role(Role.BATTERY)[0].key
    texts = [(await browser.get(path)).text for path in ("/", "/part/health", f"/command/{battery}")]
    texts.append(Page(hub)._event(hub.homes["house"]))  # pyright: ignore[reportPrivateUsage]

    assert not any(serial in text for serial in serials for text in texts)


@pytest.mark.parametrize("name", ["flow", "strip", "cards", "prices", "today", "energy", "done", "health"])
async def test_parts_are_those_of_the_first_view(browser: httpx.AsyncClient, name: str) -> None:
    """A part that is asked for alone is the same as within the page."""
    whole = re.sub(r'(name="key_of_form" value)="[^"]*"', r"\1", (await browser.get("/")).text)
    part = re.sub(r'(name="key_of_form" value)="[^"]*"', r"\1", (await browser.get(f"/part/{name}")).text)

    assert part.strip() in whole


async def test_an_event_is_the_whole_live_part(browser: httpx.AsyncClient, hub: Hub) -> None:
    """At most 2 kB; its texts are those of the page's marked places, and its versions those of the parts."""
    event = Page(hub)._event(hub.homes["house"])  # pyright: ignore[reportPrivateUsage]
    content: dict[str, Any] = json.loads(event)
    page = (await browser.get("/")).text

    assert len(event.encode()) <= 2_000
    assert set(re.findall(r'data-t="([^"]+)"', page)) == set(content["t"])
    assert set(re.findall(r'data-s="([^"]+)"', page)) == set(content["s"])
    assert set(re.findall(r'data-e="([^"]+)"', page)) >= set(content["e"])
    assert dict(re.findall(r'data-part="(\w+)" data-version="(\w+)"', page)) == content["p"]


async def test_late_then_gone(browser: httpx.AsyncClient, hub: Hub, clock: ManualClock) -> None:
    """After two intervals a figure is late and shows its age; after a quarter of an hour there is a dash and when it was last."""
    home = hub.homes["house"]
    meter = home.of_role(Role.METER)[0]
    meter.interval *= 1  # as it is: ten seconds
    meter._age_then = 4 * 60  # pyright: ignore[reportPrivateUsage]
    late = next(node for node in live_of(home, clock.now()).nodes if node.id == "grid")

    assert (late.state, late.age) == ("late", "4 minutes old")
    assert late.value == "0 W"
    assert "There is no data from the grid." in live_of(home, clock.now()).sentence

    meter._age_then = 16 * 60  # pyright: ignore[reportPrivateUsage]
    gone = next(node for node in live_of(home, clock.now()).nodes if node.id == "grid")

    assert (gone.state, gone.value, gone.age) == ("gone", "–", "last 0 W at 10:30")
    assert 'data-s="grid" data-state="gone"' in (await browser.get("/part/flow")).text


async def test_a_vendor_that_fails_is_said(browser: httpx.AsyncClient, hub: Hub) -> None:
    """On top, and in Health with its error; without its serial number."""
    state = hub.homes["house"].of_role(Role.METER)[0]
    state.error = NetworkError(f"no answer about {state.info.serial}.", hint="Look at the router.")
    state.failing_since = hub.clock.now()
    text = (await browser.get("/")).text

    assert '<p class="trouble" data-t="trouble">Meter: no answer since 10:30; see Health.</p>' in text
    assert "Look at the router." in text
    assert state.info.serial not in text


async def test_events_come_when_something_changes(hub: Hub) -> None:
    """The first at once, the next one with a change of this home."""

    class Request:
        class app:  # noqa: N801
            class state:  # noqa: N801
                closing = asyncio.Event()

    page = Page(hub)
    page._still_allowed = lambda _request: asyncio.sleep(0, True)  # type: ignore[method-assign, assignment, return-value]
    events = page._events(Request(), "house")  # type: ignore[arg-type]
    assert (await anext(events)).startswith("data: {")
    waiting = asyncio.create_task(anext(events))  # type: ignore[arg-type, var-annotated]
    await asyncio.sleep(0.02)
    assert not waiting.done()

    hub.homes["house"].publish(What.READING)

    assert (await asyncio.wait_for(waiting, 5)).startswith("data: {")
    Request.app.state.closing.set()
    with pytest.raises(StopAsyncIteration):
        await asyncio.wait_for(anext(events), 5)


async def test_a_stream_that_is_only_looked_at_ends(browser: httpx.AsyncClient) -> None:
    """HEAD has the headers of the stream, and no stream."""
    answer = await asyncio.wait_for(browser.head("/live"), 5)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


# Signing in, and commands


async def test_from_this_machine_without_a_token_one_only_reads(browser: httpx.AsyncClient, hub: Hub) -> None:
    """The form says so, and a command is refused."""
    battery = hub.homes["house"].of_role(Role.BATTERY)[0]
    form = await browser.get(f"/command/{battery.key}")
    csrf = _hidden(form.text, "csrf")

    assert "sign in" in form.text
    answer = await browser.post(f"/command/{battery.key}", data={"csrf": csrf, "step": "release", "key_of_form": "x"})
    assert answer.status_code == 401
    assert not battery.receipts


async def test_a_wrong_token_is_refused(browser: httpx.AsyncClient) -> None:
    """With a message in the form, and no cookie."""
    answer = await browser.post("/sign-in", data={"token": "nonsense"})

    assert answer.status_code == 401
    assert "the token is not known" in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_stranger_is_asked_to_sign_in(hub: Hub) -> None:
    """From elsewhere nothing is shown."""
    transport = httpx.ASGITransport(application(hub), client=("192.0.2.7", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8484") as client:
        answer = await client.get("/")

        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert (await client.get("/part/flow")).status_code == 401
        assert (await client.get("/live")).status_code == 401


async def test_check_sends_nothing_and_send_sends_once(owner: httpx.AsyncClient, hub: Hub) -> None:
    """A hold is planned, shown, sent; a double press is one write, and release ends it."""
    battery = hub.homes["house"].of_role(Role.BATTERY)[0]
    path = f"/command/{battery.key}"
    csrf = _hidden((await owner.get(path)).text, "csrf")
    asked = {"csrf": csrf, "operation": "hold", "until": "1h"}

    check = await owner.post(path, data=asked | {"step": "check"}, headers={"x-part": "1"})

    assert "Battery: Hold until 11:30?" in check.text
    assert "Nothing has been sent yet." in check.text
    assert not battery.receipts
    assert battery.active is None

    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', check.text))
    both = [owner.post(path, data=fields | {"step": "send"}, headers={"x-part": "1"}) for _ in range(2)]
    first, second = await asyncio.gather(*both)

    assert first.text == second.text
    assert "data-receipt=" in first.text
    assert len({receipt.id for receipt, _ in battery.receipts}) == 1
    assert battery.active is not None
    assert battery.active.command is not None
    assert battery.active.command.mode is BatteryMode.HOLD
    page = (await owner.get("/")).text
    assert "Openpower: holding until 11:30" in page
    assert "<strong>Battery: Hold until 11:30</strong>" in page

    another = fields | {"step": "send", "operation": "idle"}
    assert "this form has sent another order already" in (await owner.post(path, data=another)).text

    release = {"csrf": csrf, "step": "release", "key_of_form": "another"}
    assert (await owner.post(path, data=release)).status_code == 303
    assert "Openpower: nothing commanded" in (await owner.get("/")).text


async def test_a_command_without_an_end_shows_when_it_ends(browser: httpx.AsyncClient, hub: Hub) -> None:
    """It lasts the home's ``command_duration`` of 24 hours, and is not said to last until it is released."""
    battery = hub.homes["house"].of_role(Role.BATTERY)[0]
    await hub.control.controller("mqtt", [Role.BATTERY]).send(battery, Order(operation="hold"))
    assert "Openpower: holding until tomorrow 10:30" in (await browser.get("/")).text

    forever = Order(operation="charge", until=UNTIL_RELEASED)
    await hub.control.controller("mqtt", [Role.BATTERY]).send(battery, forever)
    assert "Openpower: charging until it is released" in (await browser.get("/")).text


async def test_release_on_an_old_page_releases(owner: httpx.AsyncClient, hub: Hub) -> None:
    """The same form releases again what was commanded since; nobody is told of the release before."""
    battery = hub.homes["house"].of_role(Role.BATTERY)[0]
    path = f"/command/{battery.key}"
    csrf = _hidden((await owner.get(path)).text, "csrf")
    release = {"csrf": csrf, "step": "release", "key_of_form": "of an old page"}
    for n in range(2):
        hold = {"csrf": csrf, "operation": "hold", "until": "1h", "step": "send", "key_of_form": f"hold {n}"}
        assert (await owner.post(path, data=hold)).status_code == 303
        assert battery.active is not None

        assert (await owner.post(path, data=release)).status_code == 303
        assert battery.active is None


async def test_what_was_checked_is_what_is_sent(owner: httpx.AsyncClient, hub: Hub, clock: ManualClock) -> None:
    """An end that passed between Check and Send is refused, and does not become tomorrow's."""
    battery = hub.homes["house"].of_role(Role.BATTERY)[0]
    path = f"/command/{battery.key}"
    csrf = _hidden((await owner.get(path)).text, "csrf")
    check = await owner.post(
        path, data={"csrf": csrf, "operation": "hold", "until": "time", "time": "10:32", "step": "check"}
    )
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', check.text))
    assert "Hold until 10:32?" in check.text

    clock.jump(180)
    sent = await owner.post(path, data=fields | {"step": "send"}, headers={"x-part": "1"})

    assert "Nothing was sent." in sent.text
    assert battery.active is None


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "choose what the device is to do"),
        ({"operation": "hold"}, "choose when it ends"),
        ({"operation": "charge", "until": "1h", "target": "much"}, "is not a number"),
        ({"operation": "charge", "until": "1h", "target": "140"}, "140"),
        ({"operation": "reserve_soc"}, "the new figure is missing"),
        ({"operation": "start", "until": "1h"}, "choose what the device is to do"),  # of a car
        ({"operation": "hold", "until": "time", "time": "25:00"}, "25:00"),
    ],
)
async def test_what_a_form_cannot_mean(owner: httpx.AsyncClient, hub: Hub, form: dict[str, str], said: str) -> None:
    """It comes back with the reason; nothing was sent."""
    battery = hub.homes["house"].of_role(Role.BATTERY)[0]
    path = f"/command/{battery.key}"
    csrf = _hidden((await owner.get(path)).text, "csrf")
    answer = await owner.post(path, data=form | {"csrf": csrf, "step": "check"})

    assert answer.status_code == 422
    assert said in answer.text
    assert "Nothing was sent." in answer.text
    assert not battery.receipts


async def test_another_page_cannot_command(owner: httpx.AsyncClient, hub: Hub) -> None:
    """Without the form's token, or from another origin, nothing happens."""
    battery = hub.homes["house"].of_role(Role.BATTERY)[0]
    path = f"/command/{battery.key}"
    csrf = _hidden((await owner.get(path)).text, "csrf")

    assert (await owner.post(path, data={"step": "release", "key_of_form": "x"})).status_code == 403
    elsewhere = {"origin": "http://evil.example"}
    assert (
        await owner.post(path, data={"csrf": csrf, "step": "release", "key_of_form": "x"}, headers=elsewhere)
    ).status_code == 403
    assert (await owner.get(f"{path}?step=release&csrf={csrf}")).status_code == 200  # a form, nothing else
    assert not battery.receipts


async def test_names_that_there_are_not(browser: httpx.AsyncClient) -> None:
    """404, in words."""
    for path in ("/?home=nowhere", "/part/nothing", "/command/none", "/today.json"):
        assert (await browser.get(path)).status_code == 404


def _hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', text)
    assert found is not None
    return found[1]


# Other homes


async def _of(clock: ManualClock, config: HubConfig, seeds: dict[str, int]) -> tuple[Hub, asyncio.Task[None]]:
    def connect(profile: str, **options: Any) -> Any:
        return connect_async("demo", clock=clock, seed=seeds[profile], **options)

    hub = Hub(config, clock=clock, connect=connect)
    running = asyncio.create_task(hub.run())
    await asyncio.sleep(0)
    return hub, running


async def _text(hub: Hub, path: str = "/") -> str:
    transport = httpx.ASGITransport(application(hub), client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8484") as client:
        return (await client.get(path)).text


async def test_several_homes(clock: ManualClock) -> None:
    """A selector with their titles; each shows its own figures. What people write is text, never markup."""
    homes = {
        "house": HomeConfig(name="house", profiles=["one"], title="<b>Our</b> house"),
        "cabin": HomeConfig(name="cabin", profiles=["two"]),
    }
    config = HubConfig(homes=homes, http=HTTPConfig(enabled=False), history=HistoryConfig(enabled=False))
    hub, running = await _of(clock, config, {"one": 1, "two": 2})
    await settled(hub, "house", "cabin")
    first, second = await _text(hub), await _text(hub, "/?home=cabin")
    hub.stop()
    await asyncio.wait_for(running, 20)

    assert '<a href="/?home=house" aria-current="page">&lt;b&gt;Our&lt;/b&gt; house</a>' in first
    assert '<a href="/?home=cabin" aria-current="page">Cabin</a>' in second
    assert "<b>Our" not in first + second
    assert re.findall(r'data-t="(demo_\w+_battery)\.v"', first) != re.findall(r'data-t="(demo_\w+_battery)\.v"', second)


async def test_several_batteries(clock: ManualClock) -> None:
    """They are one node with their number, their mean charge and their sum, and a card each."""
    homes = {"house": HomeConfig(name="house", profiles=["one", "two"])}
    config = HubConfig(homes=homes, http=HTTPConfig(enabled=False), history=HistoryConfig(enabled=False))
    hub, running = await _of(clock, config, {"one": 1, "two": 2})
    home = None
    async with asyncio.timeout(20):
        while home is None or len([state for state in home.devices.values() if state.reading]) < 8:
            home = hub.homes.get("house")
            await asyncio.sleep(0.01)
    for state, soc, watts in zip(home.of_role(Role.BATTERY), (40.0, 60.0), (-1000.0, -500.0), strict=True):
        assert state.reading is not None
        state.reading = attrs.evolve(state.reading, soc_pct=soc, power_w=watts)
    live = live_of(home, clock.now())
    hub.stop()
    await asyncio.wait_for(running, 20)

    node = next(node for node in live.nodes if node.id == "battery")
    assert (node.name, node.value, node.note) == ("2 batteries", "50 %", "charging 1.5 kW")
    assert [(card.name, card.value) for card in live.cards[:2]] == [
        ("Battery 1 (Simulated battery)", "40 %"),
        ("Battery 2 (Simulated battery)", "60 %"),
    ]
    assert len(live.event({}).encode()) <= 2_000


async def test_a_home_that_nobody_answers_for(clock: ManualClock) -> None:
    """It says so, and where to look."""
    config = HubConfig(
        homes={"house": HomeConfig(name="house", profiles=["no-such-profile"])},
        http=HTTPConfig(enabled=False),
        history=HistoryConfig(enabled=False),
    )
    hub = Hub(config, clock=clock)
    running = asyncio.create_task(hub.run())
    async with asyncio.timeout(20):
        while not (hub.homes and hub.homes["house"].failures):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    text = await _text(hub)
    hub.stop()
    await asyncio.wait_for(running, 20)

    assert "Waiting for the first data." in text
    assert "Not everything of no-such-profile was found; see Health." in text
    assert "there is no provider &#39;no-such-profile&#39;" in text


async def test_what_vendors_say_is_text(browser: httpx.AsyncClient, hub: Hub) -> None:
    """Markup in a vendor's words is shown, and does nothing."""
    state = hub.homes["house"].of_role(Role.METER)[0]
    state.error = NetworkError("no answer.", vendor_message="<script>alert(1)</script>")
    text = (await browser.get("/")).text

    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
