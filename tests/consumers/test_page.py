"""The page in a real Chromium: how it looks, axe, keyboard, what it asks for, small screens, and what happens when the hub is gone."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from page_server import TOKEN, PageServer, put, sunny
from PIL import Image, ImageChops
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from openpower_core.devices.roles import Role
from openpower_core.errors import AuthenticationFailed
from openpower_hub.homes import Home

SCREENS = Path(__file__).with_name("screens")
STATES = ("live", "stale", "error", "empty", "dialog", "dark")


def stale(home: Home) -> None:
    """The meter's figures are four minutes old, the charger's are gone."""
    sunny(home)
    home.of_role(Role.METER)[0]._age_then = 240  # pyright: ignore[reportPrivateUsage]
    home.of_role(Role.EV_CHARGER)[0]._age_then = 1200  # pyright: ignore[reportPrivateUsage]


def failing(home: Home) -> None:
    """The vendor refuses the credentials of the meter."""
    stale(home)
    meter = home.of_role(Role.METER)[0]
    meter.error = AuthenticationFailed("the vendor refuses the key.", provider="demo", hint="Run: openpower login demo")
    meter.failing_since = home.clock.now()


CHANGES: dict[str, Callable[[Home], None]] = {"stale": stale, "error": failing}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--font-render-hinting=none"]
        )
        yield browser
        browser.close()


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: ExitStack) -> Callable[..., PageServer]:
    """Serves a home for the test."""
    monkeypatch.setenv("OPENPOWER_STATE_DIR", str(tmp_path / "state"))

    def made(change: Callable[[Home], None] = sunny, **options: Any) -> PageServer:
        server = PageServer(str(tmp_path), change, **options).start()
        programs.callback(server.stop)
        return server

    return made


def opened(browser: Browser, server: PageServer, width: int = 390, **options: Any) -> Page:
    """The page in a window of its own, as it looks once everything has come."""
    context = browser.new_context(viewport={"width": width, "height": 844}, reduced_motion="reduce", **options)
    context.set_default_timeout(8_000)
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_load_state()
    return page


def in_state(browser: Browser, serve: Callable[..., PageServer], state: str, width: int = 390) -> Page:
    """The page in one of the six states."""
    if state == "empty":
        return opened(browser, serve(lambda _: None, profiles=["no-such-profile"], history=False), width)
    server = serve(CHANGES.get(state, sunny))
    page = opened(browser, server, width, color_scheme="dark" if state == "dark" else "light")
    if state == "dialog":
        sign_in(page, server)
        page.click("#cards a[data-sheet] >> nth=0")
        page.check("input[value=charge]")
    else:
        page.locator("#today").scroll_into_view_if_needed()
        page.wait_for_selector("#today-chart canvas")
        page.evaluate("scrollTo(0, 0)")
    return page


def sign_in(page: Page, server: PageServer) -> None:
    """Sign in as somebody who may control."""
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=token]", TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.url}/")


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(chromium: Browser, serve: Callable[..., PageServer], parts: Path, state: str) -> None:
    """No violation of WCAG 2.2 AA and of axe's best practices."""
    page = in_state(chromium, serve, state)
    page.evaluate((parts / "page/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")

    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found["violations"]] == []


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("state", STATES)
def test_it_looks_as_it_did(chromium: Browser, serve: Callable[..., PageServer], state: str, width: int) -> None:
    """Compared with a small picture of it; delete that to have it made anew."""
    page = in_state(chromium, serve, state, width)
    page.wait_for_timeout(800)
    shot = Image.open(io.BytesIO(page.screenshot(full_page=state != "dialog"))).convert("RGB")
    small = shot.resize((width // 3, round(shot.height * (width // 3) / shot.width)), Image.Resampling.BOX)
    path = SCREENS / f"{state}-{width}.png"
    if not path.exists():
        SCREENS.mkdir(exist_ok=True)
        small.quantize(256).save(path, optimize=True)
    kept = Image.open(path).convert("RGB")

    assert abs(kept.height - small.height) <= 0.02 * kept.height
    changed = share_changed(kept, small.resize(kept.size))
    assert changed < 0.0015, f"{state} at {width} px: {changed:.1%} of it looks different"


def share_changed(one: Image.Image, other: Image.Image) -> float:
    """How much of two pictures differs, in squares of 12 CSS px, by more than edges that are smoothed differently."""
    apart = ImageChops.difference(one, other).convert("L")
    squares = apart.resize((max(1, apart.width // 4), max(1, apart.height // 4)), Image.Resampling.BOX)
    return sum(level > 12 for level in squares.tobytes()) / (squares.width * squares.height)


def test_it_asks_nobody_but_the_hub_and_little(chromium: Browser, serve: Callable[..., PageServer]) -> None:
    """HTML and styles are at most 30 kB, everything at most 80 kB, and nothing shifts while it loads."""
    server = serve()
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    sizes: dict[str, float] = {}
    asked: dict[str, str] = {}
    cdp = context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    cdp.on(
        "Network.loadingFinished", lambda event: sizes.update({asked[event["requestId"]]: event["encodedDataLength"]})
    )
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(server.url)
    page.locator("#today").scroll_into_view_if_needed()
    page.wait_for_selector("#today-chart canvas")
    page.wait_for_timeout(500)

    assert problems == []
    assert all(url.startswith(server.url) for url in asked.values())
    first = sum(
        size for url, size in sizes.items() if url == f"{server.url}/" or (url.endswith(".css") and "/page." in url)
    )
    assert 5_000 < first <= 30_000
    assert sum(sizes.values()) <= 80_000
    shifted = page.evaluate(
        """new Promise(done => new PerformanceObserver(list => done(list.getEntries().reduce((sum, each) => sum + each.value, 0)))
           .observe({type: "layout-shift", buffered: true}) || setTimeout(() => done(0), 300))"""
    )
    assert shifted < 0.02


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("width", [320, 390, 768, 1200])
def test_nothing_is_cut_off(chromium: Browser, serve: Callable[..., PageServer], state: str, width: int) -> None:
    """No scrolling sideways from 320 px on, which is also 400 % zoom of 1280 px."""
    page = in_state(chromium, serve, state, width)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_is_read_without_scripts(chromium: Browser, serve: Callable[..., PageServer]) -> None:
    """The first view has all numbers; what needs scripts is not shown; a command is planned, sent and released."""
    server = serve()
    page = opened(chromium, server, java_script_enabled=False)

    expect(page.locator("h1")).to_have_text(re.compile("Solar feeds the house and charges the battery"))
    expect(page.locator("[data-s=solar] .value")).to_have_text("4.2 kW")
    expect(page.locator("#pause")).to_be_hidden()
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=token]", TOKEN)
    page.click("button")
    page.click("#cards a[data-sheet] >> nth=0")
    page.check("input[value=hold]")
    page.click("button[value=check]")
    expect(page.locator("h1")).to_have_text("Battery: Hold until 11:30?")
    page.click("button[value=send]")
    expect(page.locator("#cards .command").first).to_have_text("Openpower: holding until 11:30")
    page.click("button[value=release]")
    expect(page.locator("#cards .command").first).to_have_text("Openpower: nothing commanded")


def test_numbers_change_in_place(chromium: Browser, serve: Callable[..., PageServer]) -> None:
    """Text, arrows and the hidden table follow; the page is not loaded again, and the reader is not interrupted."""
    server = serve()
    page = opened(chromium, server)
    page.evaluate("window.same = true")
    expect(page.locator("[data-e=solar-grid]")).not_to_have_class(re.compile("off"))

    def evening(home: Home) -> None:
        put(home, Role.INVERTER, pv_w=0.0, load_w=900.0)
        put(home, Role.BATTERY, power_w=900.0, soc_pct=55.0)
        put(home, Role.METER, power_w=0.0)

    begun = time.monotonic()
    server.change(evening)
    expect(page.locator("[data-s=battery] .value")).to_have_text("55 %")
    assert time.monotonic() - begun < 1
    expect(page.locator("h1")).to_have_text("The battery feeds the house.")
    expect(page.locator("[data-e=solar-grid]")).to_have_class(re.compile("off"))
    expect(page.locator("[data-row=battery-house] td").last).to_have_text("900 W")
    expect(page.locator("[data-row=solar-house]")).to_be_hidden()
    assert page.locator("#said").text_content() == ""  # at most once a minute
    assert page.evaluate("window.same")


def test_the_hub_goes_and_comes_back(chromium: Browser, serve: Callable[..., PageServer], tmp_path: Path) -> None:
    """After 5 s the page says so and everything looks old; when the hub is back, all is live again."""
    server = PageServer(str(tmp_path), sunny).start()
    page = opened(chromium, server)
    expect(page.locator("[data-s=solar]")).to_have_attribute("data-state", "live")
    server.stop()

    expect(page.locator("#lost")).to_have_text(re.compile("Not connected – showing 10:30:00"), timeout=12_000)
    expect(page.locator("[data-s=solar]")).to_have_attribute("data-state", "late")
    again = PageServer(str(tmp_path), sunny).start(int(server.url.rpartition(":")[2]))
    try:
        expect(page.locator("#lost")).to_be_hidden(timeout=20_000)
        expect(page.locator("[data-s=solar]")).to_have_attribute("data-state", "live")
    finally:
        again.stop()


def test_a_command_step_by_step(chromium: Browser, serve: Callable[..., PageServer]) -> None:
    """Change, check, back, check, send, release, all in the dialog; nothing is sent before Send, and a double press sends once."""
    server = serve()
    page = opened(chromium, server)
    sign_in(page, server)
    battery = server.hub.homes["house"].of_role(Role.BATTERY)[0]
    page.click("#cards a[data-sheet] >> nth=0")
    page.check("input[value=charge]")
    page.fill("input[name=target]", "80")
    page.check("input[value='3h']")
    page.click("button[value=check]")
    expect(page.locator("#sheet-title")).to_have_text("Battery: Charge to 80 % until 13:30?")
    page.click("button[value=back]")
    expect(page.locator("input[name=target]")).to_have_value("80")
    page.click("button[value=check]")
    assert not battery.receipts
    page.dblclick("button[value=send]")
    expect(page.locator("#sheet .result")).to_have_text(re.compile("Confirmed|Accepted"))
    page.click("#sheet [data-close]")
    expect(page.locator("#cards .command").first).to_have_text("Openpower: charging to 80 % until 13:30")
    assert len({receipt.id for receipt, _ in battery.receipts}) == 1
    page.click("button[value=release]")
    expect(page.locator("#sheet .result")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#cards .command").first).to_have_text("Openpower: nothing commanded")
    expect(page.locator("#done li")).to_have_count(2)


def test_with_the_keyboard_alone(chromium: Browser, serve: Callable[..., PageServer]) -> None:
    """Everything is reached in the order of the page, the focus is seen, and the dialog gives it back."""
    server = serve()
    page = opened(chromium, server)
    sign_in(page, server)
    page.locator("#today").scroll_into_view_if_needed()
    page.wait_for_selector("#today-chart canvas")
    page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
    walked: list[tuple[str, float]] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """(() => { const e = document.activeElement; if (e === document.body) return null;
               const ring = e.matches(".lengths input") ? getComputedStyle(e.nextElementSibling) : getComputedStyle(e);
               return [e.id || e.textContent.trim().slice(0, 24), parseFloat(ring.outlineWidth)]; })()"""
        )
        if found is None:
            break
        walked.append((found[0], found[1]))
    names = [name for name, _ in walked]

    assert names[0] == "Skip to the content"
    for name in (
        "How to read this",
        "Change… Battery",
        "length-2",
        "Show prices as a table",
        "today-at",
        "Month",
        "API",
    ):
        assert name in names
    assert names.index("Change… Battery") < names.index("length-2") < names.index("today-at") < names.index("Month")
    assert all(width >= 2 for _, width in walked)

    opener = page.locator("#cards a[data-sheet]").first
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('#sheet') !== null")
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()
    expect(opener).to_be_focused()

    slider = page.locator("#today-at")
    slider.focus()
    before = slider.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") != before
    expect(page.locator("#today-text")).to_have_text(re.compile("Solar .* W"))


def test_motion(chromium: Browser, serve: Callable[..., PageServer]) -> None:
    """With new figures a dot runs along each flow, once; not for those who do not want it, by the system's setting or the button."""
    server = serve()
    context: BrowserContext = chromium.new_context(reduced_motion="no-preference")
    page = context.new_page()
    page.goto(server.url)
    dot = page.locator("[data-e=solar-house] .dot")
    expect(dot).to_be_visible()
    expect(dot).to_be_hidden()
    server.change(sunny)
    expect(dot).to_be_visible()
    page.click("#pause")
    expect(dot).to_be_hidden()
    expect(page.locator("#pause")).to_have_attribute("aria-pressed", "true")
    page.reload()
    for seen in (page, opened(chromium, server)):
        seen.wait_for_timeout(500)
        server.change(lambda home: put(home, Role.BATTERY, soc_pct=66.0))
        expect(seen.locator("[data-s=battery] .value")).to_have_text("66 %")
        expect(seen.locator("[data-e=solar-house] .dot")).to_be_hidden()
        server.change(sunny)


def test_the_chart_of_a_period(chromium: Browser, serve: Callable[..., PageServer]) -> None:
    """Month and earlier are fetched in place, and the address leads there again."""
    server = serve()
    page = opened(chromium, server, 1200)
    page.click("text=Month")
    expect(page.locator("#energy h3")).to_have_text("November 2026")
    page.click("[aria-label=Earlier]")
    expect(page.locator("#energy h3")).to_have_text("October 2026")
    page.reload()
    expect(page.locator("#energy h3")).to_have_text("October 2026")
