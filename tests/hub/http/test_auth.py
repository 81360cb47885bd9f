"""Who may do what: tokens, sessions, this machine, names of the hub, and other pages."""

from __future__ import annotations

import hmac
import stat
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openpower_core.clock import ManualClock
from openpower_core.devices.roles import Role
from openpower_core.errors import ConfigurationError
from openpower_hub.config import HTTPConfig
from openpower_hub.engine import Hub
from openpower_hub.http import auth, routes
from openpower_hub.http.limits import Buckets

from .conftest import DRIVER, HTTP_CONFIG, NOON, READER, Caller, key_of, token

HOMES = "/api/v1/homes"


@pytest.mark.parametrize(
    ("bearer", "client", "headers", "status"),
    [
        (None, "127.0.0.1", {}, 200),
        (None, "::1", {}, 200),
        (None, "192.168.1.20", {}, 401),
        (None, "127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 401),  # a proxy on this machine hands on anybody's
        (None, "127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 401),
        (READER, "192.168.1.20", {}, 200),
        (DRIVER, "192.168.1.20", {}, 200),
        ("wrong", "192.168.1.20", {}, 401),
        ("wrong", "127.0.0.1", {}, 401),
        ("", "192.168.1.20", {"Authorization": "Basic cmVhZGVy"}, 401),
        ("", "192.168.1.20", {"Authorization": f"Bearer {READER[:-1]}"}, 401),
    ],
)
async def test_who_may_read(
    call: Caller, bearer: str | None, client: str, headers: dict[str, str], status: int
) -> None:
    """This machine and those who have a token, whatever address they come from."""
    answer = await call(bearer, client=client).get(HOMES, headers=headers)

    assert answer.status_code == status
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"


PUBLIC = ("/static/{name}", "/sign-in")


async def test_whatever_is_served_is_for_those_who_may_read(call: Caller, hub: Hub) -> None:
    """Also the page and Prometheus' metrics: somebody on the network without a token sees nothing of the home."""
    client, battery = call(client="192.168.1.20", page=True), key_of(hub, Role.BATTERY)
    seen: dict[str, int] = {}
    for route in routes(hub):
        assert isinstance(route, Route)
        if route.path not in PUBLIC:
            path = route.path.format(name="now", key=battery, device=battery, home="home", figure="soc_pct", id="x")
            for method in (route.methods or set()) - {"HEAD"}:
                seen[f"{method} {route.path}"] = (await client.request(method, path)).status_code

    assert seen.pop("GET /") == 303  # to the sign-in
    assert seen.pop("POST /sign-out") == 403
    assert {"GET /metrics", "GET /live", "POST /command/{key}"} <= set(seen)
    assert set(seen.values()) == {401}


async def test_a_token_without_rights_reads_nothing(call: Caller) -> None:
    """A right is what the configuration gives, no more."""
    client = call("t", tokens={"none": token("t"), "driver": token("u", "control")})

    assert (await client.get(HOMES)).status_code == 403
    assert (await client.get(HOMES, headers={"Authorization": "Bearer u"})).status_code == 403


async def test_wrong_tokens_are_refused_unseen_after_ten(call: Caller, clock: ManualClock) -> None:
    """Whoever guesses is held up, from one address; others and later attempts are not."""
    guesser = call(None, client="192.168.1.66")
    seen = [(await guesser.get(HOMES, headers={"Authorization": f"Bearer {guess}"})).status_code for guess in range(12)]
    right = await guesser.get(HOMES, headers={"Authorization": f"Bearer {READER}"})

    assert seen == [401] * 10 + [429] * 2
    assert right.status_code == 429
    assert int(right.headers["Retry-After"]) > 0
    assert (await call(READER, client="192.168.1.20").get(HOMES)).status_code == 200
    clock.advance(60)
    assert (await guesser.get(HOMES, headers={"Authorization": f"Bearer {READER}"})).status_code == 200


async def test_every_token_is_compared_in_constant_time(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after one has fitted, so that the time taken tells nothing of any token."""
    compared: list[tuple[Any, Any]] = []
    real = hmac.compare_digest

    def compare(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(auth.hmac, "compare_digest", compare)
    await call(READER).get(HOMES)

    assert len(compared) == len(HTTP_CONFIG.tokens)
    assert all(len(one) == len(other) == 64 for one, other in compared)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8484", 200),
        ("localhost:8484", 200),
        ("[::1]:8484", 200),
        ("192.168.1.5", 200),  # no name that somebody could have pointed here
        ("homeserver", 200),
        ("homeserver.local:8484", 200),
        ("power.example.org", 200),  # configured
        ("Power.Example.Org", 200),
        ("evil.example.org", 421),
        ("127.0.0.1.evil.example.org", 421),
        ("power.example.org.evil.net", 421),
        ("", 421),
        ("evil.example.org:8484@127.0.0.1", 200),  # its host is the address
        ("127.0.0.1@evil.example.org", 421),
        ("[", 421),
    ],
)
async def test_names_of_the_hub(call: Caller, host: str, status: int) -> None:
    """A page elsewhere may let its own name point to this machine; the header Host then has that name."""
    client = call(hosts=["power.example.org"])

    assert (await client.get(HOMES, headers={"Host": host})).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://127.0.0.1:8484"}, 200),
        ({"Origin": "http://127.0.0.1:8484", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://evil.example.org"}, 403),
        ({"Origin": "http://127.0.0.1:9000"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Content-Type": "text/plain"}, 422),  # what a form of another page can send without asking
    ],
)
async def test_other_pages_cannot_ask(call: Caller, hub: Hub, headers: dict[str, str], status: int) -> None:
    """What changes something, or costs the vendor's budget, comes from the hub's own page or from no browser."""
    (battery,) = (key for key in hub.homes["home"].devices if key.endswith("battery"))
    given = {"Content-Type": "application/json"} | headers
    answer = await call().post(f"/api/v1/devices/{battery}/plan", content='{"operation": "hold"}', headers=given)

    assert answer.status_code == status


# Sessions


def request_with(cookie: str = "", scheme: str = "http", **more: str) -> Request:
    """A request as the server hands it on."""
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    headers += [(b"cookie", f"{auth.COOKIE}={cookie}".encode())] if cookie else []
    scope = {"headers": headers, "client": ("192.168.1.20", 1), "server": ("hub", 80), "scheme": scheme, "path": "/"}
    return Request({"type": "http", **scope})


def signed_in(made: auth.Auth, text: str, scheme: str = "http", **headers: str) -> tuple[str, str]:
    """The cookie of a new session, and its header."""
    response = Response()
    made.sign_in(request_with(scheme=scheme, **headers), response, text)
    header = response.headers["set-cookie"]
    return header.partition("=")[2].partition(";")[0].strip('"'), header


@pytest.fixture
def made(clock: ManualClock) -> auth.Auth:
    return auth.Auth(HTTP_CONFIG, key=b"k" * 32, clock=clock)


def test_a_session_is_as_good_as_its_token_for_thirty_days(made: auth.Auth, clock: ManualClock) -> None:
    """The cookie is read by no script, sent by no other page, and has the rights that the token has."""
    cookie, header = signed_in(made, DRIVER)

    assert "HttpOnly" in header
    assert "SameSite=strict" in header
    assert f"Max-Age={30 * 86_400}" in header
    assert DRIVER not in header
    assert made.caller(request_with(cookie)) == auth.Caller(
        name="driver", rights=frozenset({"read", "control"}), how="cookie"
    )
    clock.advance(timedelta(days=30) - timedelta(seconds=1))
    assert made.caller(request_with(cookie)).how == "cookie"
    clock.advance(timedelta(seconds=1))
    assert made.caller(request_with(cookie)) == auth.NOBODY


def test_a_session_over_tls_stays_there(made: auth.Auth) -> None:
    """Where the page was reached by https, the cookie is not sent without."""
    assert "Secure" in signed_in(made, READER, "https")[1]
    assert "Secure" in signed_in(made, READER, x_forwarded_proto="https")[1]
    assert "Secure" not in signed_in(made, READER)[1]


@pytest.mark.parametrize("change", ["ends", "name", "signature", "key", "token", "gone"])
def test_a_session_cannot_be_made_up_nor_outlive_its_token(made: auth.Auth, clock: ManualClock, change: str) -> None:
    """Whoever changes the cookie, or has one of a token that was replaced, is nobody."""
    cookie, _ = signed_in(made, READER)
    ends, name, signature = cookie.split(".")
    cookies = {
        "ends": f"{int(ends) + 1}.{name}.{signature}",
        "name": f"{ends}.driver.{signature}",
        "signature": f"{ends}.{name}.{'0' * len(signature)}",
    }
    tokens = {"token": {"reader": token("another", "read")}, "gone": {}}.get(change, HTTP_CONFIG.tokens)
    other = auth.Auth(
        attrs.evolve(HTTP_CONFIG, tokens=tokens), key=(b"x" if change == "key" else b"k") * 32, clock=clock
    )

    assert other.caller(request_with(cookies.get(change, cookie))) == auth.NOBODY


@pytest.mark.parametrize("cookie", ["", ".", "..", "x.reader.y", "9.reader.", "∞.reader.é", "reader"])
def test_a_broken_cookie_is_none(made: auth.Auth, cookie: str) -> None:
    """Whatever stands in it, it is no error of the hub's."""
    assert made._signed_in(cookie) is None


def test_a_form_needs_the_token_of_its_page(made: auth.Auth) -> None:
    """What one session's page holds does not fit another's; who sends a bearer token needs none."""
    mine, other = (request_with(signed_in(made, each)[0]) for each in (READER, DRIVER))
    bearer = request_with()
    bearer.scope["openpower.caller"] = auth.Caller(name="driver", rights=frozenset(), how="bearer")

    made.check_csrf(mine, made.csrf_token(mine))
    made.check_csrf(bearer, None)
    for wrong in (None, "", "é", made.csrf_token(other)):
        with pytest.raises(auth.NotAllowed):
            made.check_csrf(mine, wrong)


async def test_an_order_by_cookie_needs_it_too(call: Caller, hub: Hub) -> None:
    """The page sends it in a header; without it nothing is done."""
    client = call()
    app: Any = client._transport
    response = Response()
    made: auth.Auth = app.app.state.auth
    made.sign_in(request_with(), response, DRIVER)
    cookie = response.headers["set-cookie"].partition(";")[0]
    (battery,) = (key for key in hub.homes["home"].devices if key.endswith("battery"))
    headers = {"Cookie": cookie}
    path = f"/api/v1/devices/{battery}/release"
    without = await client.post(path, headers=headers)
    csrf = made.csrf_token(request_with(cookie.partition("=")[2].strip('"')))
    answer = await client.post(path, headers=headers | {"X-CSRF-Token": csrf})

    assert without.status_code == 403
    assert without.json()["sent"] == "nothing"
    assert answer.status_code == 200


# The state folder and the configuration


def test_the_key_of_sessions_is_kept_for_its_user_alone(tmp_path: Path) -> None:
    """Who is signed in stays so across a restart, and nobody else on the machine can make a session."""
    folder = tmp_path / "state"
    first = auth.session_key(folder)
    (file,) = folder.iterdir()

    assert auth.session_key(folder) == first
    assert len(first) >= 32
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_bytes(b"cut")
    again = auth.session_key(folder)
    assert len(again) >= 32
    assert auth.session_key(folder) == again


def test_without_a_folder_sessions_last_as_long_as_the_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A state folder that cannot be written is one warning."""
    (tmp_path / "file").write_text("")

    assert auth.session_key(tmp_path / "file") != auth.session_key(tmp_path / "file")
    assert "cannot be kept" in caplog.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "homeserver"])
def test_the_network_needs_tokens(host: str) -> None:
    """A hub that others can reach has somebody to ask for."""
    with pytest.raises(ConfigurationError, match="new-token"):
        auth.check_tokens(HTTPConfig(host=host))
    auth.check_tokens(attrs.evolve(HTTP_CONFIG, host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_needs_none(host: str) -> None:
    """By default there is nothing to configure."""
    auth.check_tokens(HTTPConfig(host=host))


# How often


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    """So many at once, so many a second in the long run, each caller for itself."""
    clock = ManualClock(NOON)
    buckets = Buckets(clock, burst=3, per_s=0.5)

    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.take("b") == 0
    clock.advance(2)
    assert [buckets.take("a") for _ in range(2)] == [0, 2]
    clock.advance(1_000)
    assert [bool(buckets.take("a")) for _ in range(4)] == [False, False, False, True]


def test_a_bucket_forgets_the_quietest() -> None:
    """Many callers cost no more memory than a thousand."""
    buckets = Buckets(ManualClock(NOON), burst=2, per_s=1)
    for who in range(5_000):
        buckets.take(str(who))

    assert len(buckets._levels) <= 1_000


async def test_who_asks_too_often_waits(call: Caller, clock: ManualClock) -> None:
    """One caller does not take the hub's time from the others."""
    eager = call(READER)
    answers: list[httpx.Response] = [await eager.get("/api/v1/figures") for _ in range(130)]
    statuses = [answer.status_code for answer in answers]

    assert statuses[:120] == [200] * 120
    assert statuses[-1] == 429
    assert answers[-1].json()["error"] == "RateLimited"
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert (await call(DRIVER).get("/api/v1/figures")).status_code == 200
    clock.advance(1)
    assert (await eager.get("/api/v1/figures")).status_code == 200
