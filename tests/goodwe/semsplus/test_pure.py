"""What needs no network: signatures, hosts, codes, zones, and the bridge between kilowatts and amperes."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from openpower_core import errors
from openpower_core.http import Request
from openpower_core.secrets import Secret
from openpower_goodwe.semsplus.client.answers import error_of
from openpower_goodwe.semsplus.client.login import (
    Login,
    bootstrap_headers,
    encoded_password,
    gateway_of,
    login_body,
    login_url,
    signature,
    signed_headers,
)
from openpower_goodwe.semsplus.mapping.chargers import power_range
from openpower_goodwe.semsplus.mapping.series import inverted_hours, to_utc, zone_of

NOON = datetime(2026, 9, 24, 12, tzinfo=UTC)


def test_the_password_is_the_base64_of_its_md5_in_hex() -> None:
    """The vendor's test vector pairs an MD5 in hex with its Base64."""
    digest = "9fc229a68a6b910f8742968f0b4c955f"
    encoded = "OWZjMjI5YTY4YTZiOTEwZjg3NDI5NjhmMGI0Yzk1NWY="
    ours = encoded_password(Secret("a password")).reveal()

    assert base64.b64encode(digest.encode()).decode() == encoded
    assert base64.b64decode(ours).decode() == hashlib.md5(b"a password").hexdigest()


def test_the_login_carries_the_three_flags() -> None:
    """Without them the token is not whole."""
    body = login_body("a@example.com", Secret("p"))

    assert (body["agreement"], body["isLocal"], body["isChinese"]) == (1, False, False)
    assert login_body("a", Secret("p"), china=True)["isChinese"] is True


def test_the_signature_is_of_milliseconds_user_and_token() -> None:
    """Base64 over the hex digest, an @ and the milliseconds."""
    text = base64.b64decode(signature(1790000000000, "u", "t")).decode()
    digest = hashlib.sha256(b"1790000000000@u@t").hexdigest()

    assert text == f"{digest}@1790000000000"


def test_each_call_is_signed_anew_with_the_whole_login_as_json() -> None:
    """The header is JSON text, not Base64 of it."""
    login = Login(uid="u", token="t", gateway="https://x", header='{"uid":"u"}')
    request = Request(method="GET", url="https://x/y")
    first = signed_headers(login, request, NOON)
    second = signed_headers(login, request, NOON + timedelta(seconds=1))

    assert json.loads(first["token"]) == {"uid": "u"}
    assert first["X-Signature"] != second["X-Signature"]
    assert json.loads(bootstrap_headers(NOON)["token"])["uid"] == ""


def test_no_secret_is_in_a_logins_repr() -> None:
    """Nor the header that holds the token."""
    login = Login(uid="u", token="s3cret", gateway="https://x", header='{"token":"s3cret"}')

    assert "s3cret" not in repr(login)


@pytest.mark.parametrize(
    ("payload", "gateway"),
    [
        ("https://eu-gateway.semsportal.com/web/sems", "https://eu-gateway.semsportal.com/web/sems"),
        ("https://eu-gateway.semsportal.com/sems/", "https://eu-gateway.semsportal.com/web/sems"),
        ("https://hz-gateway.sems.com.cn", "https://hz-gateway.sems.com.cn/web/sems"),
    ],
)
def test_the_gateway_of_the_answer_is_used(payload: str, gateway: str) -> None:
    """Old logins leave out the prefix's first part."""
    assert gateway_of(payload, None) == gateway


@pytest.mark.parametrize(
    "payload",
    [
        "https://evil.example/web/sems",
        "https://semsportal.com.evil.example/web/sems",
        "https://evilsemsportal.com/web/sems",
        "http://eu-gateway.semsportal.com/web/sems",
        "https://user@eu-gateway.semsportal.com/web/sems",
        "http://127.0.0.1:1/web/sems",
        "nonsense",
    ],
)
def test_a_foreign_gateway_never_sees_the_token(payload: str) -> None:
    """Only https and the vendor's own domains."""
    with pytest.raises(errors.BadResponse, match="none of GoodWe's"):
        gateway_of(payload, None)


def test_a_base_url_replaces_the_gateways_host_too() -> None:
    """A gateway on this machine is then accepted; a foreign one still is not."""
    base = "http://127.0.0.1:8000/web/sems"

    assert gateway_of("https://eu-gateway.semsportal.com/web/sems", base) == base
    assert gateway_of("http://127.0.0.1:9/eu/web/sems", base) == "http://127.0.0.1:9/eu/web/sems"
    with pytest.raises(errors.BadResponse):
        gateway_of("https://evil.example/web/sems", base)


def test_regions_have_login_hosts() -> None:
    """An unknown one is named with those that there are."""
    assert login_url("global", None) == "https://semsplus.goodwe.com/web/sems"
    assert login_url("eu", "http://localhost:1/x/") == "http://localhost:1/x"
    with pytest.raises(errors.InvalidValue, match="global, eu"):
        login_url("mars", None)


@pytest.mark.parametrize(
    ("code", "operation", "kind"),
    [
        ("100005", "cross-login", errors.AuthenticationFailed),
        ("B1234", "cross-login", errors.BadResponse),
        ("100025", "cross-login", errors.BadResponse),
        ("C0602", "cross-login", errors.BadResponse),
        ("GY0429", "cross-login", errors.RateLimited),
        ("100004", "cross-login", errors.BadResponse),
        ("100001", "flow", errors.AuthenticationFailed),
        ("100002", "flow", errors.AuthenticationFailed),
        ("C0602", "flow", errors.AuthenticationFailed),
        ("100025", "telemetry", errors.PermissionDenied),
        ("GY0429", "flow", errors.RateLimited),
        ("P0214", "detail", errors.InvalidValue),
        ("P0215", "setDeviceFunctionParameters", errors.WriteRejected),
        ("S0327", "statistics", errors.InvalidValue),
        ("P0214", "set-mode", errors.WriteRejected),
        ("P0215", "flow", errors.BadResponse),
        ("R0219", "detail", errors.InvalidValue),
        ("R0219", "set-mode", errors.WriteRejected),
        ("R000013", "set-mode", errors.WriteRejected),
        ("R0305", "set-mode", errors.ServiceUnavailable),
        ("X9999", "set-mode", errors.BadResponse),
        ("X9999", "flow", errors.BadResponse),
    ],
)
def test_every_code_is_its_own_outcome(code: str, operation: str, kind: type[errors.OpenPowerError]) -> None:
    """Only the code decides, since the words are localised."""
    error = error_of(code, "说", operation)

    assert type(error) is kind or isinstance(error, kind)
    assert (error.vendor_code, error.vendor_message) == (code, "说")


def test_the_rate_limit_code_means_five_minutes() -> None:
    """The clients that ignored it were banned."""
    error = error_of("GY0429", None, "flow")

    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == timedelta(seconds=300)


def test_a_wrong_password_names_the_other_ways() -> None:
    """Which of the three a person has differs."""
    text = str(error_of("100005", None, "cross-login"))

    assert '"goodwe"' in text
    assert '"goodwe-local"' in text


@pytest.mark.parametrize(
    ("name", "iana", "hours"),
    [
        ("Europe/Amsterdam", "Europe/Amsterdam", -2),
        ("(UTC-05:00) Bogota, Lima", "America/Bogota", 5),
        ("AUS Eastern Standard Time", "Australia/Sydney", -10),
        ("UTC+08:00", "Etc/GMT-8", -8),
        ("UTC+5:30", "Asia/Calcutta", -5.5),
    ],
)
def test_zones_in_the_vendors_spellings(name: str, iana: str, hours: float) -> None:
    """The series' timeZone has the sign of UTC seen from there."""
    zone = zone_of(None, "UTC", name)

    assert zone == ZoneInfo(iana)
    assert inverted_hours(zone, NOON) == hours


@pytest.mark.parametrize("name", ["UTC", "UTC+00:00", "UTC+10:00", "UTC-3", "nowhere"])
def test_an_offset_is_no_zone_where_summer_time_exists(name: str) -> None:
    """Real answers say UTC of homes in Australia; what the user gives counts."""
    assert zone_of(None, name, None) is None
    assert zone_of("Australia/Brisbane", name) == ZoneInfo("Australia/Brisbane")


def test_wall_clock_times_become_utc() -> None:
    """Both of an hour that the clock repeats."""
    zone = ZoneInfo("Europe/Amsterdam")

    assert to_utc("2026-09-24T18:02:00", zone) == datetime(2026, 9, 24, 16, 2, tzinfo=UTC)
    assert to_utc("2026-10-25 02:30:00", zone) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert to_utc("2026-10-25 02:30:00", zone, fold=1) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert to_utc("2026-xx-xx 17:57:00", zone) is None


@pytest.mark.parametrize(
    ("model", "phases", "amps", "kilowatts"),
    [
        ("GW7K-HCA-20", None, 16, 3.6),
        ("GW11K-HCA", None, 16, 11.0),
        ("GW22K-HCA", None, 10, 6.9),
        ("GW11K-HCA", 1, 16, 4.2),
        ("HCA-G2_7kW", None, 4, 1.4),
    ],
)
def test_amperes_are_the_kilowatts_below_them(model: str, phases: int | None, amps: float, kilowatts: float) -> None:
    """In steps of 0.1 kW at 230 V per phase, within the model's range."""
    span = power_range(model, phases)

    assert span is not None
    assert span.kilowatts(amps) == kilowatts
    assert power_range("something else") is None
