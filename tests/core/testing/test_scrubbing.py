"""The scrubber: whatever the encoding and the nesting, no secret and no private value survives, or nothing is written."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus, unquote_plus

import pytest
import yaml
from hypothesis import assume, example, given, strategies as st

from openpower_core.secrets import disguises
from openpower_testing.recording import CassetteFormat
from openpower_testing.scrubbing import PLACEHOLDER, Leak, Scrubber, looks_hidden


def escaped_throughout(text: str) -> str:
    """JSON's longest form: every character as \\uXXXX."""
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def in_the_middle(text: str, before: int, alphabet: str = "+/") -> str:
    """Base64 of something that has the text somewhere inside."""
    return base64.b64encode(b"{" * before + text.encode() + b"}~", altchars=alphabet.encode()).decode()


ENCODINGS = {
    "plain": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON, not ASCII": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "JSON, escaped slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON, escaped throughout": escaped_throughout,
    "JSON, upper case": lambda text: escaped_throughout(text).upper().replace("\\U", "\\u"),
    "a path": quote,
    "a parameter": quote_plus,
    "a parameter, quoted throughout": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "HTML": html.escape,
    "HTML by numbers": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal, upper case": lambda text: text.encode().hex().upper(),
    **{f"base64 at {before}": lambda text, before=before: in_the_middle(text, before) for before in range(3)},
    **{
        f"urlsafe base64 at {before}": lambda text, before=before: in_the_middle(text, before, "-_")
        for before in range(3)
    },
    "base64 without padding": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
}
SECRETS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=4, max_size=40).filter(
    lambda text: len(text.strip()) >= 4 and not looks_hidden(text)
)
NESTED = st.lists(st.sampled_from(sorted(ENCODINGS)), min_size=0, max_size=3)


def nested(text: str, encodings: list[str]) -> str:
    """A text in one encoding after the other."""
    for name in encodings:
        text = ENCODINGS[name](text)
    return text


def written(scrubber: Scrubber, *bodies: str) -> list[str] | None:
    """What is left of some bodies; None if nothing would be written."""
    texts = [scrubber.text(body) for body in bodies]
    try:
        scrubber.check(texts)
    except Leak:
        return None
    return texts


def bare(text: str) -> str:
    """What letters, digits and signs a text has, whatever it looks like."""
    return text.casefold()


@given(secret=SECRETS, encodings=NESTED, around=st.sampled_from(['{"you sent": "%s"}', "?x=%s&y=1", "<p>%s</p>", "%s"]))
@example(secret="s3cr/t+word", encodings=["a parameter", "JSON"], around='{"you sent": "%s"}')
@example(secret="????>>>>", encodings=["urlsafe base64 at 1", "base64 at 2"], around="<p>%s</p>")
@example(secret='pass"word\\', encodings=["JSON", "JSON", "JSON"], around='{"you sent": "%s"}')
def test_a_known_secret_never_survives(secret: str, encodings: list[str], around: str) -> None:
    """In any encoding, inside any other, it is replaced; where that could not be done nothing is written."""
    scrubber = Scrubber()
    scrubber.hide(secret, "app-secret")
    disguised = nested(secret, encodings)
    assume(bare(disguised) not in around)
    body = around % (json.dumps(disguised)[1:-1] if around.startswith("{") else disguised)
    texts = written(scrubber, body)
    if texts is None:
        return
    [text] = texts

    assert bare(disguised) not in bare(text)
    assert disguises(secret).search(text) is None


@pytest.mark.parametrize("name", sorted(ENCODINGS))
@pytest.mark.parametrize("secret", ["s3cr/t+wörd", "AbC123xyz789", "a b&c=d?e#f%", "…long… " * 8])
def test_every_encoding_is_replaced_and_not_only_refused(name: str, secret: str) -> None:
    """A recording of a vendor that echoes a secret still comes about."""
    scrubber = Scrubber()
    scrubber.hide(secret, "app-secret")

    [text] = written(scrubber, f"<p>{ENCODINGS[name](secret)}</p>") or [ENCODINGS[name](secret)]

    assert bare(ENCODINGS[name](secret)) not in bare(text)


KEYS = st.sampled_from(
    [
        "password",
        "Passwd",
        "user_pwd",
        "appSecret",
        "access_token",
        "refreshToken",
        "id-token",
        "apiKey",
        "API_KEY",
        "Authorization",
        "Cookie",
        "sessionId",
        "sn",
        "deviceSN",
        "inverter_sn",
        "invertersn",
        "SERIAL",
        "serial-number",
        "serialNumber",
        "nmi",
        "meterNumber",
        "e-mail",
        "owner_email",
        "phone",
        "mobile",
        "latitude",
        "Longitude",
        "lat",
        "lng",
        "userName",
        "useremail",
        "accountId",
        "ownerName",
        "owner_name",
    ]
)
VALUES = st.one_of(
    SECRETS.filter(lambda text: len(text) >= 6),
    st.integers(min_value=100_000, max_value=10**18),
    st.floats(min_value=-180, max_value=180, allow_nan=False).filter(lambda number: len(repr(number)) > 7),
    st.from_regex(r"\A[A-Z]{2}[1-9]\d{12}\Z"),
    st.from_regex(r"\A\+?[1-9]\d{8,11}\Z"),
    st.from_regex(r"\A[a-z]{3,9}@[a-z]{3,9}\.[a-z]{2,3}\Z"),
)


@given(key=KEYS, value=VALUES, deep=st.integers(min_value=0, max_value=3), encodings=NESTED)
def test_a_private_value_never_survives(key: str, value: object, deep: int, encodings: list[str]) -> None:
    """It is replaced by one of its type and length wherever its key stands, and wherever else it is repeated."""
    assume(not looks_hidden(value))
    scrubber = Scrubber(private=["ownername"])
    document: object = {key: value}
    for level in range(deep):
        document = [{"data": document}] if level % 2 else {"data": json.dumps(document)}
    texts = written(scrubber, json.dumps(document), json.dumps(document), f"<p>{nested(str(value), encodings)}</p>")
    if texts is None:
        return
    first, again, echoed = texts
    left = json.loads(first)
    for _ in range(2 * deep + 1):
        left = json.loads(left) if isinstance(left, str) and left.startswith(("{", "[")) else left
        left = (
            left[0] if isinstance(left, list) else left["data"] if isinstance(left, dict) and "data" in left else left
        )
    placeholder = left[key]

    assert first == again
    assert type(placeholder) is type(value)
    assert len(str(placeholder)) == len(str(value))
    assert placeholder != value
    assert disguises(str(value)).search(first + echoed) is None


def test_the_same_value_gets_the_same_placeholder_and_another_one_another() -> None:
    """So that requests still match."""
    scrubber = Scrubber()
    body = {"sn": "AL2002321010043", "others": [{"deviceSN": "AL2002321010044"}, {"inverter_sn": "AL2002321010043"}]}
    text = json.loads(scrubber.text(json.dumps(body)))

    assert text["sn"] == text["others"][1]["inverter_sn"] == "AL0000000000001"
    assert text["others"][0]["deviceSN"] == "AL0000000000002"
    assert scrubber.text("/devices/AL2002321010044?sn=AL2002321010043") == "/devices/AL0000000000002?sn=AL0000000000001"


@pytest.mark.parametrize(
    ("key", "value", "placeholder"),
    [
        ("latitude", -33.868820, -10.00001),
        ("lng", "151.2093", "000.0001"),
        ("phone", "+61 412 345 678", "+00 000 000 001"),
        ("account", 4711, 1001),
        ("e_mail", "jane@mail.net", "XX00000000001"),
        ("token", "0f023c2287b8f6b21b0994947465f8e9", "XX" + "1".rjust(30, "0")),
        ("stationAddress", "1 Some Street", "XX00000000001"),
        ("SN", "GW12345", "GW00001"),
    ],
)
def test_placeholders_are_of_the_same_type_and_length(key: str, value: object, placeholder: object) -> None:
    """Numbers stay numbers with as many digits, numbers in text stay such, and text stays text."""
    assert json.loads(Scrubber().text(json.dumps({key: value}))) == {key: placeholder}


@pytest.mark.parametrize(
    "body",
    [
        {"address": 35100, "meter": 1200, "session": 5},
        {"tokenExpiresIn": 7200, "isMobile": True, "serial": None, "status": "online", "parameter": "soc", "flat": 1.5},
        {"data": [{"soc": 56.0, "pgrid": -1200}], "message": "success", "passwordRequired": False},
    ],
)
def test_what_is_not_private_stays(body: dict[str, object]) -> None:
    """A meter's power is no meter number, and the address of a register none of a house."""
    text = json.dumps(body)

    assert Scrubber().text(text) == text


def test_names_of_persons_are_listed_by_the_provider() -> None:
    """What a vendor calls them, its enrolment says."""
    scrubber = Scrubber(private=["stationOwner"])

    assert scrubber.text('{"station_owner": "Jane Doe"}') == '{"station_owner": "XX000001"}'


def test_recording_fails_closed() -> None:
    """What is left of a secret keeps the cassette from being written; the message says where, and what to do."""
    scrubber = Scrubber()
    late = {
        "request": {"uri": "https://vendor.example/of/Jane.Doe.1970"},
        "response": {"body": '{"userName": "Jane.Doe.1970"}'},
    }
    uri, body = scrubber.text(late["request"]["uri"]), scrubber.text(late["response"]["body"])
    interaction = {
        "request": {"method": "GET", "uri": uri, "headers": {}, "body": None},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": body}},
    }
    form = CassetteFormat(lambda: "live", lambda: scrubber)

    with pytest.raises(Leak, match=r"the value of 'userName' in .*interactions\[0\].request.uri.*hide") as leak:
        form.serialize({"version": 1, "interactions": [interaction]})
    assert "Jane" not in str(leak.value)


def test_a_secret_that_is_too_short_is_refused() -> None:
    """It could not be told from other text, so nothing is recorded with it."""
    with pytest.raises(Leak, match="at least 4"):
        Scrubber().hide("abc", "token")


def test_web_tokens_and_mail_addresses_are_found_without_a_key() -> None:
    """A JSON web token holds its own claims."""
    claims = base64.urlsafe_b64encode(b'{"email": "jane@mail.net"}').decode().rstrip("=")
    text = Scrubber().text(json.dumps({"hint": f"eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln", "help": "ask jane@mail.net"}))

    assert "eyJ" not in text
    assert "jane" not in text


def test_the_leak_test_finds_values_of_private_keys() -> None:
    """The function that keeps cassettes from being written also looks through those in the repository."""
    found = list(Scrubber(replaying=True).leaks(yaml.safe_load('body: \'{"data": [{"sysSn": "AL2002321010043"}]}\'')))

    assert found == ["the value of 'sysSn' in $.body"]
    assert PLACEHOLDER.fullmatch("AL0000000000001")
    assert not re.search("AL2", found[0])


def test_encoded_parameters_are_looked_into() -> None:
    """JSON in a parameter is still JSON."""
    uri = Scrubber().text("https://vendor.example/x?filter=%7B%22sn%22%3A%20%22GW2002321010043%22%7D&page=1")

    assert unquote_plus(uri) == 'https://vendor.example/x?filter={"sn": "GW0000000000001"}&page=1'
