"""No credential, nor what serves as one, shows in an error, in the frames that it leaves, in a log or in a ``repr``."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import hashlib
import inspect
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote_plus

import attrs
import pytest

import openpower
from openpower.alphaess import AlphaESS, AsyncAlphaESS
from openpower.amber import Amber, AsyncAmber
from openpower_core.errors import InvalidValue, MissingCredential, OpenPowerError
from openpower_core.http import mask_url
from openpower_core.secrets import Secret, credential, scrub
from openpower_goodwe import AsyncGoodWeOpenAPI, AsyncSemsPlus, GoodWeOpenAPI, SemsPlus
from openpower_goodwe.openapi.models import Token
from openpower_testing.faults import FaultServer, Received, ServerAnswer, Trouble

CANARY = "Canary7/+e1f0 c9b"
TOKEN = "session-canary-5d41402a"
OPTIONS: dict[str, dict[str, str]] = {
    "alphaess": {"app_id": "app-of-jane", "app_secret": CANARY},
    "amber": {"token": CANARY},
    "goodwe": {"account": "jane@example.com", "password": CANARY},
    "goodwe-sems": {"account": "jane@example.com", "password": CANARY},
    "octopus": {"api_key": CANARY, "account": "A-JANE0001"},
}
REFUSALS = {
    "alphaess": (200, {"code": 6007, "msg": "sign error"}),
    "amber": (403, {"message": "Forbidden"}),
    "goodwe": (200, {"code": 100005, "msg": "wrong password"}),
    "goodwe-sems": (200, {"code": "100005", "description": "wrong password"}),
    "octopus": (401, {"detail": "Invalid API key."}),
}
LOGINS: dict[str, dict[str, Any]] = {
    "goodwe": {"code": 0, "data": {"token": TOKEN, "expires": 7200}},
    "goodwe-sems": {"code": "00000", "data": {"uid": "u1", "token": TOKEN, "timestamp": 1, "api": None}},
}
FAULTS: dict[str, dict[str, Any]] = {
    "500": {"trouble": Trouble.STATUS, "status": 500},
    "reset": {"trouble": Trouble.RESET},
    "not JSON": {"trouble": Trouble.NOT_JSON},
    "a page": {"trouble": Trouble.HTML},
    "timeout": {"trouble": Trouble.SILENT},
    "not HTTP": {"trouble": Trouble.NOT_HTTP},
}


class Echo(FaultServer):
    """Answers with everything that it was sent, as an error's words, as gateways and debug pages do."""

    status = 200

    def _usual(self, request: Received) -> ServerAnswer:
        sent = f"no: {request.target} {dict(request.headers)} {request.body.decode()}"
        body = json.dumps({"code": 100001, "msg": sent, "description": sent, "message": sent, "expMsg": sent}).encode()
        return ServerAnswer(status=self.status, headers={"Content-Type": "application/json"}, body=body)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Fails as it is told."""
    with FaultServer(silence=3.0) as running:
        yield running


async def _error_of(flavour: str, name: str, url: str, **options: Any) -> BaseException:
    options = {"base_url": url, "timeout": 0.7, **OPTIONS[name], **options}
    try:
        if flavour == "async":
            async with openpower.connect_async(name, **options) as home:
                await home.devices()
        else:
            _devices(name, options)
    except OpenPowerError as error:
        return error
    raise AssertionError("nothing was raised")


def _devices(name: str, options: dict[str, Any]) -> None:
    with openpower.connect(name, **options) as home:
        home.devices()


def _shown(error: BaseException) -> str:
    """The error with all frames that it leaves, but this file's, which hold the credentials of course."""
    places = [repr(error), str(error), repr(vars(error))]
    link: traceback.TracebackException | None
    link = traceback.TracebackException.from_exception(error, capture_locals=True)
    links = [link]
    while links:
        link = links.pop()
        link.stack[:] = [frame for frame in link.stack if frame.filename != __file__]
        places.append("".join(link.format(chain=False)))
        links += [each for each in (link.__cause__, link.__context__) if each is not None]
    return "\n".join(places)


def _forms(value: str) -> set[str]:
    data = value.encode()
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    encoded = base64.b64encode(data).decode()
    return {
        value,
        quote_plus(value),
        json.dumps(value)[1:-1],
        data.hex(),
        encoded,
        md5,
        base64.b64encode(md5.encode()).decode(),
    }


def _check(text: str, server: FaultServer | None = None) -> None:
    for form in _forms(CANARY) | _forms(TOKEN):
        assert form.lower() not in text.lower()
    for request in server.requests if server else ():
        for header in ("authorization", "sign", "x-signature"):
            assert request.headers.get(header, "?") not in text.replace("?", "")


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> str:
    """Which client."""
    return str(request.param)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Everything that is logged, by httpcore and httpx as well."""
    caplog.set_level(logging.DEBUG)
    for name in ("openpower", "httpcore", "httpx"):
        logging.getLogger(name).propagate = True
        caplog.set_level(logging.DEBUG, name)
    return lambda: "\n".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", OPTIONS)
async def test_failed_calls(name: str, fault: str, flavour: str, server: FaultServer, log: Callable[[], str]) -> None:
    """Where there is a login it is the login that fails."""
    server.fail(times=100, **FAULTS[fault])
    error = await _error_of(flavour, name, server.url)

    assert server.requests
    _check(_shown(error) + log(), server)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", LOGINS)
async def test_calls_that_fail_after_the_login(
    name: str, fault: str, flavour: str, server: FaultServer, log: Callable[[], str]
) -> None:
    """The session's token is a credential as well."""
    login = json.dumps(LOGINS[name] | {"api": server.url}).encode()
    server.fail(Trouble.STATUS, status=200, body=login)
    server.fail(times=100, **FAULTS[fault])
    error = await _error_of(flavour, name, server.url)

    assert len(server.requests) > 1
    _check(_shown(error) + log(), server)


@pytest.mark.parametrize("name", OPTIONS)
async def test_refused_credentials(name: str, flavour: str, server: FaultServer, log: Callable[[], str]) -> None:
    """By the vendor's own answer."""
    status, body = REFUSALS[name]
    server.fail(Trouble.STATUS, times=100, status=status, body=json.dumps(body).encode())
    error = await _error_of(flavour, name, server.url)

    _check(_shown(error) + log(), server)


@pytest.mark.parametrize("token", [[TOKEN], {"token": TOKEN}, 5, None])
@pytest.mark.parametrize("name", LOGINS)
async def test_logins_that_answer_something_odd(
    name: str, token: object, flavour: str, server: FaultServer, log: Callable[[], str]
) -> None:
    """With the token in the wrong place."""
    login = LOGINS[name] | {"data": {"token": token, "uid": TOKEN, "timestamp": 1, "api": TOKEN}}
    server.fail(Trouble.STATUS, times=9, status=200, body=json.dumps(login).encode())
    error = await _error_of(flavour, name, server.url)

    _check(_shown(error) + log(), server)


ECHOES: list[Any] = [
    [CANARY],
    {"list": [CANARY], "records": {"pwd": CANARY}},
    [[CANARY]],
    [{"sn": CANARY, "sysSn": [CANARY], "id": {"x": CANARY}}],
    CANARY,
]


@pytest.mark.parametrize("echo", ECHOES, ids=str)
@pytest.mark.parametrize("name", OPTIONS)
async def test_a_success_of_another_shape(
    name: str, echo: Any, flavour: str, server: FaultServer, log: Callable[[], str]
) -> None:
    """Whatever reads the response has the vendor's echo in its hands, and leaves no frame with it."""
    if name in LOGINS:
        server.fail(Trouble.STATUS, status=200, body=json.dumps(LOGINS[name] | {"api": server.url}).encode())
    body = echo if name == "amber" else {"code": 200 if name == "alphaess" else 0, "data": echo}
    server.fail(Trouble.STATUS, times=100, status=200, body=json.dumps(body).encode())
    with contextlib.suppress(AssertionError):  # some shapes are an account without devices
        _check(_shown(await _error_of(flavour, name, server.url)) + log(), server)


@pytest.mark.parametrize("name", LOGINS)
async def test_an_echoed_hash_is_removed_altogether(name: str, flavour: str, server: FaultServer) -> None:
    """It is as good as the password: not even its ends stay."""
    md5 = hashlib.md5(CANARY.encode(), usedforsecurity=False).hexdigest()
    for code in (100005, 100001):
        body = {"code": code, "msg": f"pwd {md5} no", "description": f"pwd {md5} no"}
        server.fail(Trouble.STATUS, times=9, status=200, body=json.dumps(body).encode())
        error = await _error_of(flavour, name, server.url)

        assert isinstance(error, OpenPowerError)
        assert error.vendor_message == "pwd … no"
        server.clear()


async def test_the_code_that_binds_a_system(flavour: str, server: FaultServer, log: Callable[[], str]) -> None:
    """It is a credential while it is valid, like the token that a login gives."""
    server.fail(Trouble.STATUS, times=9, status=500)
    client: Any = (AlphaESS if flavour == "sync" else AsyncAlphaESS)("a", "s", "AL7", base_url=server.url)

    async def bind() -> None:
        made = client.bind_system(CANARY)
        await made if inspect.isawaitable(made) else None

    with pytest.raises(OpenPowerError) as caught:
        await bind()

    assert json.loads(server.requests[0].body)["code"] == CANARY
    _check(_shown(caught.value) + log())
    assert TOKEN not in repr(Token(token=TOKEN))


@pytest.mark.parametrize("status", [200, 400, 401, 403, 500])
@pytest.mark.parametrize("name", OPTIONS)
async def test_a_vendor_that_says_it_all_again(name: str, status: int, flavour: str, log: Callable[[], str]) -> None:
    """Account names go as well."""
    with Echo() as server:
        server.status = status
        error = await _error_of(flavour, name, server.url)

    shown = _shown(error) + log()
    _check(shown, server)
    for account in ("jane@example.com", "app-of-jane"):
        assert account not in f"{error}{vars(error)}"


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("inside", ["\n", "\r\n", "\t", "\x00", "\u202e", "\u200b", "\ud800"])
async def test_a_credential_with_a_line_end_inside_is_refused_by_name(name: str, inside: str, flavour: str) -> None:
    """Before it can reach a header: the HTTP client would show it in its message and log."""
    field = list(OPTIONS[name])[-1]
    error = await _error_of(flavour, name, "http://127.0.0.1:1", **{field: f"{CANARY}{inside}{CANARY}"})

    assert isinstance(error, InvalidValue)
    assert field in str(error)
    _check(_shown(error))


@pytest.mark.parametrize("name", OPTIONS)
async def test_white_space_around_a_credential_is_left_out(
    name: str, flavour: str, server: FaultServer, log: Callable[[], str]
) -> None:
    """Which is logged, with the credential's name."""
    field = list(OPTIONS[name])[-1]
    server.fail(Trouble.STATUS, times=100, status=500)
    await _error_of(flavour, name, server.url, **{field: f" {CANARY}\r\n"})

    assert f"{field} was given with white space around it" in log()
    _check(log(), server)


def test_white_space_alone_is_no_credential() -> None:
    """An environment variable may be set to it."""
    with pytest.raises(MissingCredential, match="token"):
        openpower.connect("amber", token=" \n")


NATIVE: list[tuple[type[Any], list[str]]] = [
    (AlphaESS, ["app-of-jane", CANARY]),
    (AsyncAlphaESS, ["app-of-jane", CANARY]),
    (Amber, [CANARY]),
    (AsyncAmber, [CANARY]),
    (GoodWeOpenAPI, ["jane@example.com", CANARY]),
    (AsyncGoodWeOpenAPI, ["jane@example.com", CANARY]),
    (SemsPlus, ["jane@example.com", CANARY]),
    (AsyncSemsPlus, ["jane@example.com", CANARY]),
]


@pytest.mark.parametrize(("client", "arguments"), NATIVE)
def test_native_clients_refuse_without_showing(client: type[Any], arguments: list[str]) -> None:
    """A wrong address and a line end: their constructors' arguments are in the traceback as well."""
    for credentials, base_url in ((arguments, "nonsense"), ([*arguments[:-1], f"{CANARY}\n{CANARY}"], None)):
        with pytest.raises(InvalidValue) as caught:
            client(*credentials, base_url=base_url)

        _check(_shown(caught.value))


@pytest.mark.parametrize(("client", "arguments"), NATIVE)
def test_native_clients_show_nothing_of_themselves(client: type[Any], arguments: list[str]) -> None:
    """In their ``repr`` and in what they are made of, as debuggers show it, three levels deep; they are not pickled."""
    made = client(*arguments)

    _check("\n".join(_inside(made, 3)))
    with pytest.raises(TypeError):
        pickle.dumps(made)


def _inside(value: Any, levels: int) -> Iterator[str]:
    yield repr(value)
    if levels:
        for each in getattr(value, "__dict__", {}).values():
            yield from _inside(each, levels - 1)


@pytest.mark.parametrize("options", [{"tokne": "x"}, {"timeout": -1}, {"tz": "Mars/Base"}, {"base_url": "nonsense"}])
async def test_mistakes_in_connect(options: dict[str, Any], flavour: str) -> None:
    """What was given beside the mistake is in the frames of ``connect``."""
    error = await _error_of(flavour, "amber", "http://127.0.0.1:1", **options)

    _check(_shown(error))


async def test_mistakes_beside_a_profile(tmp_path: Any, flavour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may hold the secret."""
    file = tmp_path / "config.toml"
    file.write_text(f'[profiles.home]\nprovider = "amber"\ntoken = "{CANARY}"\n')
    file.chmod(0o600)
    monkeypatch.setenv("OPENPOWER_CONFIG", str(file))
    for options in ({"profile": "home", "tokne": 1}, {"profile": "other"}, {"profile": "home", "timeout": -1}):
        error = await _error_of(flavour, "amber", "http://127.0.0.1:1", token=None, **options)

        _check(_shown(error))


async def test_a_call_that_is_cancelled(server: FaultServer) -> None:
    """In the midst of waiting for the response."""
    server.fail(Trouble.SILENT, times=9)
    home = openpower.connect_async("amber", base_url=server.url, **OPTIONS["amber"])
    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.2):
            await home.devices()
    await home.aclose()

    _check(_shown(caught.value), server)


def test_copies_and_pickles_of_a_secret() -> None:
    """A copy is the same object; nothing that leaves the process has it."""
    secret = Secret(CANARY)

    assert copy.copy(secret) is secret
    assert copy.deepcopy({"a": [secret]})["a"][0] is secret
    for way in (pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            way(secret)  # type: ignore[operator]

    @attrs.frozen
    class Holder:
        secret: Secret

    _check(f"{secret} {secret!r} {Holder(secret)} {attrs.asdict(Holder(secret))} {[secret]}")


@pytest.mark.parametrize(
    "way",
    [
        str,
        quote_plus,
        lambda text: json.dumps(json.dumps(text)),
        lambda text: text.encode().hex(),
        lambda text: base64.b64encode(f"jane:{text}".encode()).decode(),
        lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    ],
)
def test_a_vendors_words_are_scrubbed_of_every_form(way: Callable[[str], str]) -> None:
    """As servers, proxies and logs write it."""
    shown = scrub(f"not accepted: {way(CANARY)}, sorry", [Secret(CANARY)])

    assert "not accepted" in shown
    _check(shown)


def test_a_short_secret_hides_the_whole_text() -> None:
    """What is left of it would tell where the secret stood; text without it stays."""
    assert scrub("the system is not bound", [Secret("e")]) == "…"
    assert scrub("no such day", [Secret("x9")]) == "no such day"


def test_account_names_are_scrubbed() -> None:
    """A short one where it stands alone."""
    assert scrub("user jane@example.com is locked", [], ["jane@example.com"]) == "user … is locked"
    assert scrub("user bob is a bobcat", [], ["bob"]) == "user … is a bobcat"


async def test_our_own_words_stay_whole(flavour: str, server: FaultServer) -> None:
    """Whatever the secret is: gaps in known words would give it away."""
    body = {"code": 6005, "msg": "the appId is not bound"}
    for secret in ("e", "system", "not bound"):
        server.fail(Trouble.STATUS, status=200, body=json.dumps(body).encode(), times=4)
        error = await _error_of(flavour, "alphaess", server.url, app_secret=secret)

        assert "…" not in error.message
        assert secret not in (error.vendor_message or "") or secret == "system"


def test_a_typo_in_an_id_is_shown() -> None:
    """It is the user's own; a serial number is shortened all the same."""
    with openpower.connect("demo") as home:
        with pytest.raises(openpower.DeviceNotFound, match="'nope'"):
            home.battery("nope")
        with pytest.raises(openpower.DeviceNotFound, match="'AL…0001/battery'"):
            home.battery("AL70110230300001/battery")


def test_credentials_are_texts() -> None:
    """Bytes from a file are refused by name."""
    with pytest.raises(InvalidValue, match="token must be text") as caught:
        credential(CANARY.encode(), "token")  # type: ignore[arg-type]

    _check(_shown(caught.value))


def test_addresses_show_no_password() -> None:
    """One in a base_url or a proxy."""
    _check(mask_url(f"https://jane:{quote_plus(CANARY)}@example.com/x"))
