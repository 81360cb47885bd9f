"""Cassettes: what is written, what is taken out before, and that none in the repository leaks anything."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml
from vcr.request import Request

from openpower_testing.cassettes import Recording
from openpower_testing.recording import CassetteFormat, pretty
from openpower_testing.scrubbing import Scrubber

CASSETTES = sorted((Path(__file__).parents[2] / "cassettes").rglob("*.yaml"))
VENDOR = "https://openapi.example.com/api"

LEAKS = {
    "a header that signs or authorises": r"(?im)^\s*-?\s*(app-?id|sign|authorization|cookie|set-cookie|token|x-[\w-]*key)\s*:",
    "a digest": r"\b[0-9a-f]{40,}\b",
    "an AlphaESS developer id": r"\balpha(?!0{16})[0-9a-f]{16}\b",
    "an Amber token": r"\bpsk_\w+",
    "a bearer token": r"(?i)\bbearer\s+\w",
    "a JSON web token": r"\beyJ[\w-]{10,}",
    "somebody's mail address": r"[\w.+-]+@(?!example\.(?:org|com)\b)[\w-]+\.[\w.]+",
    "a private address": r"\b(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d+){2,3}\b",
    "an emulator's address": r"127\.0\.0\.1|localhost",
}


def request(uri=f"{VENDOR}/getEssList", body=None, **headers):
    """A request as vcrpy hands it over."""
    return Request("POST" if body else "GET", uri, body, headers)


def response(text):
    """A response as vcrpy hands it over."""
    headers = {"Content-Type": ["application/json"], "Set-Cookie": ["session=1"]}
    return {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": {"string": text.encode()}}


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_no_cassette_leaks(path):
    """No secret, signature, account, address or serial is in any cassette."""
    text = path.read_text(encoding="utf-8")
    found = {name for name, pattern in LEAKS.items() if re.search(pattern, text)}
    left = list(Scrubber(replaying=True).leaks(yaml.safe_load(text)))
    mine = [
        name for name, value in os.environ.items() if name.startswith("OPENPOWER_") and len(value) > 5 and value in text
    ]

    assert not found
    assert not left
    assert not mine


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_every_cassette_says_how_it_was_recorded(path):
    """Against an emulator, or live on a day."""
    recorded = yaml.safe_load(path.read_text(encoding="utf-8"))["recorded"]

    assert re.match(r"against the emulator \w+|live, \d{4}-\d\d-\d\d;", recorded)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a header that signs or authorises", "    sign: abc"),
        ("a header that signs or authorises", "    Authorization: Bearer x"),
        ("a digest", "0f023c2287b8f6b21b0994947465f8e9de0e1542"),
        ("an AlphaESS developer id", "alphaef7900ee81dbbce9"),
        ("an Amber token", "psk_0123456789abcdef"),
        ("somebody's mail address", "jane@mail.net"),
        ("an emulator's address", "http://127.0.0.1:4711/api"),
    ],
)
def test_leak_patterns_find_what_they_are_for(name, text):
    """The search would find a leak."""
    assert re.search(LEAKS[name], text)


def test_headers_are_dropped_unless_known_to_be_harmless():
    """Signatures, app ids, tokens and cookies are never written, nor is any unknown header."""
    scrubber = Scrubber()
    asked = scrubber.request(request(appId="a", sign="b", Authorization="c", Accept="d", **{"Content-Type": "e"}))
    answered = scrubber.response(response("{}"))

    assert dict(asked.headers) == {"content-type": "e"}
    assert answered["headers"] == {"content-type": ["application/json"]}


def test_serials_become_placeholders_everywhere():
    """The same serial gets the same placeholder in bodies and addresses, and it looks like one."""
    scrubber = Scrubber()
    listed = scrubber.response(response('{"data": [{"sysSn": "AL2002321010043"}]}'))
    asked = scrubber.request(request(f"{VENDOR}/getLastPowerData?sysSn=AL2002321010043"))
    sent = scrubber.request(request(body=b'{"sysSn": "AL2002321010043", "gridCharge": 1}'))

    assert b'"AL0000000000001"' in listed["body"]["string"]
    assert asked.uri == f"{VENDOR}/getLastPowerData?sysSn=AL0000000000001"
    assert sent.body == b'{"sysSn": "AL0000000000001", "gridCharge": 1}'


def test_scrubbing_again_changes_nothing():
    """vcrpy scrubs once more when it loads a cassette."""
    scrubber, other = Scrubber(), Scrubber()
    once = scrubber.response(response('{"sysSn": "AL2002321010043"}'))

    assert other.response(once) == once


def test_secrets_are_hidden_in_bodies_and_addresses():
    """What is known to be secret is replaced wherever a vendor echoes it, quoted or not."""
    scrubber = Scrubber()
    scrubber.hide("s3cr/t", "app-secret")

    assert scrubber.request(request(f"{VENDOR}/x?key=s3cr%2Ft")).uri == f"{VENDOR}/x?key=app-secret"
    assert b"s3cr/t" not in scrubber.response(response('{"you sent": "s3cr/t"}'))["body"]["string"]


def test_the_real_request_stays_as_it_is():
    """What is sent must not change by being recorded."""
    scrubber = Scrubber()
    scrubber.pretend("http://127.0.0.1:1/api", VENDOR)
    real = request("http://127.0.0.1:1/api/getEssList", sign="abc")
    written = scrubber.request(real)

    assert (real.uri, real.headers["sign"]) == ("http://127.0.0.1:1/api/getEssList", "abc")
    assert written.uri == f"{VENDOR}/getEssList"


def test_credentials_of_a_user_record_live(monkeypatch):
    """With all of them in the environment it records live, and writes what the test says when it replays."""
    monkeypatch.setenv("OPENPOWER_ACME_TOKEN", "t0ken-of-a-user")
    monkeypatch.setenv("OPENPOWER_ACME_SITE", "01HZREAL")
    recording = Recording(active=True)
    found = recording.credentials("acme", "token", site="01HZ0000")
    written = recording.scrubber.request(request(f"{VENDOR}/sites/01HZREAL?t=t0ken-of-a-user"))

    assert found == {"token": "t0ken-of-a-user", "site": "01HZREAL"}
    assert written.uri == f"{VENDOR}/sites/01HZ0000?t=token"
    assert recording.recorded.startswith("live, 20")


def test_credentials_are_not_touched_unless_recording(monkeypatch):
    """A replay needs no credentials, and incomplete ones do not count."""
    monkeypatch.setenv("OPENPOWER_ACME_TOKEN", "t0ken-of-a-user")

    assert Recording(active=False).credentials("acme", "token") is None
    assert Recording(active=True).credentials("acme", "token", "site") is None


def test_cassette_reads_back_as_it_was_written():
    """Status, headers and bodies survive; JSON is laid out for people."""
    body = '{"code":200,"data":[' + ",".join(['{"soc":56.0,"n":1}'] * 20) + "]}"
    interaction = {
        "request": {
            "method": "POST",
            "uri": VENDOR,
            "body": '{"a":1}',
            "headers": {"content-type": ["application/json"]},
        },
        "response": {
            "status": {"code": 429, "message": "Too Many Requests"},
            "headers": {"retry-after": ["7"]},
            "body": {"string": body},
        },
    }
    form = CassetteFormat(lambda: "against the emulator x")
    text = form.serialize({"version": 1, "interactions": [interaction]})
    [again] = form.deserialize(text)["interactions"]

    assert text.startswith("recorded: against the emulator x\n")
    assert '          {"soc": 56.0, "n": 1},\n' in text
    assert again["response"]["status"] == interaction["response"]["status"]
    assert again["response"]["headers"] == interaction["response"]["headers"]
    assert yaml.safe_load(again["response"]["body"]["string"]) == yaml.safe_load(body)
    assert again["request"] == interaction["request"] | {"body": '{"a": 1}'}


def test_what_is_not_json_stays():
    """An HTML page of an outage is written as it came."""
    assert pretty("<html>") == "<html>"
