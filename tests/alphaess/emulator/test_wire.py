"""Over real HTTP: verbs and paths, the bodies of HTTP errors, headers, and faults on request."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import alphaess_answers as answers
import pytest

from openpower_alphaess.emulator import serve
from openpower_alphaess.emulator.endpoints import ENDPOINTS as EMULATED

# Reference, section 2.
ENDPOINTS = {
    "getEssList": "GET",
    "getLastPowerData": "GET",
    "getOneDayPowerBySn": "GET",
    "getOneDateEnergyBySn": "GET",
    "getSumDataForCustomer": "GET",
    "getChargeConfigInfo": "GET",
    "updateChargeConfigInfo": "POST",
    "getDisChargeConfigInfo": "GET",
    "updateDisChargeConfigInfo": "POST",
    "getTimeChargeBySn": "GET",
    "setTimeChargeBySn": "POST",
    "getVerificationCode": "GET",
    "bindSn": "POST",
    "unBindSn": "POST",
    "getEvChargerConfigList": "GET",
    "getEvChargerCurrentsBySn": "GET",
    "setEvChargerCurrentsBySn": "POST",
    "getEvChargerStatusBySn": "GET",
    "remoteControlEvCharger": "POST",
    "getMeterOffsetConfigInfo": "GET",
    "updateMeterOffsetConfigInfo": "POST",
}


@pytest.fixture
def fetch(caller):
    """Ask the served emulator over HTTP: status, headers and body."""
    with serve(caller.emulator) as served:
        address = urlsplit(served.url)

        def fetch(method, path):
            connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
            try:
                connection.request(method, path, headers=caller.headers())
                response = connection.getresponse()
                return response.status, response.headers, response.read()
            finally:
                connection.close()

        yield fetch


def test_there_are_no_others():
    """Those of the reference, as many as the provider's README says."""
    readme = Path("providers/alphaess/README.md").read_text(encoding="utf-8")

    assert {each.name: each.verb for each in EMULATED.values()} == ENDPOINTS
    assert f"All {len(ENDPOINTS)} endpoints" in readme


@pytest.mark.parametrize(("endpoint", "verb"), ENDPOINTS.items())
def test_every_endpoint_has_one_verb(caller, endpoint, verb):
    """Each endpoint exists under its verb and answers 405 under the other."""
    other = {"GET": "POST", "POST": "GET"}[verb]

    caller.request(verb, endpoint, status=200)
    caller.request(other, endpoint, status=405)


def test_wrong_verb_is_the_frameworks_405(fetch):
    """The body of a 405 is not the envelope: it has no code."""
    status, _, body = fetch("POST", "/api/getVerificationCode")
    answer = json.loads(body)

    assert status == 405
    assert list(answer) == list(answers.WRONG_VERB)
    assert answer["path"] == answers.WRONG_VERB["path"]
    assert answer["timestamp"] == "2026-08-04T10:00:00.000+00:00"


def test_post_needs_its_media_type(caller):
    """POST needs Content-Type: application/json; GET needs none."""
    headers = caller.headers(**{"content-type": None})

    caller.request("POST", "unBindSn", body=b"{}", headers=headers, status=415)
    caller.request("GET", "getEssList", headers=headers, status=200)


def test_unknown_path_is_404(fetch):
    """405 or 404 shows whether an endpoint exists; the names of the first demo do not."""
    status, _, body = fetch("GET", "/api/getInChargeConfigInfo")

    assert status == 404
    assert "code" not in json.loads(body)


def test_headers_are_those_of_the_capture(fetch, clock):
    """One Date, by the service's clock, and no rate-limit headers (r29)."""
    _, headers, _ = fetch("GET", "/api/getEssList")

    assert headers.get_all("Date") == ["Tue, 04 Aug 2026 10:00:00 GMT"]
    assert headers.get_all("Server") == ["nginx/1.20.1"]
    assert headers["Content-Type"] == "application/json"
    assert "Retry-After" not in headers


def test_outage_on_request(caller, fetch):
    """In outages the service responds with 502 and HTML; then it is back."""
    caller.emulator.faults.add("html", status=502, path="getEssList")
    status, headers, body = fetch("GET", "/api/getEssList")

    assert (status, headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert body.startswith(b"<!DOCTYPE html>")
    assert fetch("GET", "/api/getEssList")[0] == 200


def test_reset_on_request(caller, fetch):
    """Connections are reset in outages, too."""
    caller.emulator.faults.add("reset")

    with pytest.raises((ConnectionError, http.client.HTTPException)):
        fetch("GET", "/api/getEssList")


def test_many_at_once(caller, fetch):
    """Requests from several threads are answered one by one, and all are recorded."""
    with ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(lambda _: fetch("GET", "/api/getEssList")[0], range(20)))

    assert statuses == [200] * 20
    assert len(caller.emulator.requests.to("getEssList")) == 20


def test_lost_answer_on_request(caller, fetch):
    """A write can be carried out although its answer never arrives."""
    caller.emulator.faults.add("lost")

    with pytest.raises((ConnectionError, http.client.HTTPException)):
        fetch("GET", "/api/getEssList")
    assert [seen.code for seen in caller.emulator.requests] == [200]


def test_refusal_on_request(caller):
    """10001 from the legacy discharge write of a SMILE-B3-Plus (r37) can be had on demand."""
    caller.emulator.refuse("getDisChargeConfigInfo", 10001)

    assert caller.get("getDisChargeConfigInfo")["code"] == 10001
    assert caller.get("getDisChargeConfigInfo")["code"] == 200


def test_options_connect_to_it(caller):
    """What serve() hands out is what connect("alphaess") takes."""
    with serve(caller.emulator) as served:
        assert served.options == {
            "app_id": "alpha0000000000000000",
            "app_secret": "an-emulated-secret",
            "base_url": served.url,
            "tz": "Europe/Berlin",
        }
