"""Text from vendors and plugins: whatever it is, nothing in it commands a terminal or a spreadsheet."""

from __future__ import annotations

import json
import pickle
import unicodedata

import pytest
from hypothesis import example, given, strategies as st

from openpower_core.errors import BadResponse, OpenPowerError
from openpower_core.secrets import mask
from openpower_core.text import cell, clean, to_json

ANY = st.text(st.characters())
"""Any code point, lone surrogates included."""
# What people call batteries: letters of any script, digits, punctuation, spaces.
PLAIN = st.text(st.characters(categories=["L", "N", "P", "Zs", "Sm", "Sc"])).filter(
    lambda text: not set(text) & set("\u115f\u1160\u3164\uffa0")
)
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _harmful(text: str) -> list[str]:
    return [char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or char in BIDI]


@given(ANY)
@example("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\")
@example("\x9b31m\x07\u202etxt.exe\ud800")
def test_no_control_character_survives(text: str) -> None:
    """Nor a lone surrogate, which could not be written to a file; cleaning twice changes nothing more."""
    cleaned = clean(text)

    assert not _harmful(cleaned)
    assert cleaned.encode().decode() == cleaned
    assert clean(cleaned) == cleaned


@given(PLAIN)
def test_plain_text_stays_as_it_is(text: str) -> None:
    """In every script."""
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Battery\x1b[31;1mroom", "Batteryroom"),
        ("\x1b]0;a title\x07Home", "Home"),
        ("two\r\nlines\tand a tab", "two  lines and a tab"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("half \ud83d", "half \ufffd"),
        ("smile 🔋 λ 電池", "smile 🔋 λ 電池"),
    ],
)
def test_what_becomes_of_it(text: str, shown: str) -> None:
    """Commands go whole, line ends become spaces."""
    assert clean(text) == shown


@given(ANY)
def test_long_text_is_cut(text: str) -> None:
    """The ellipsis counts."""
    assert len(clean(text, longest=10)) <= 10


@given(st.sampled_from(["", " ", "\t", "\u200b", "\x1b[0m"]), st.sampled_from("=+-@＝＋－＠"), ANY)
@example("", "=", "HYPERLINK(1)")
@example("", "-", "2+3+cmd|' /C calc'!A0")
def test_no_cell_is_a_formula(before: str, sign: str, text: str) -> None:
    """A spreadsheet takes what starts with one of four signs, or their wide forms, for something to calculate."""
    written = cell(f"{before}{sign}{text}")

    plain = written.strip()
    assert plain[:1] not in set("=+-@＝＋－＠") or plain[1:2].isdecimal()
    assert not set(plain) & set("|!(") or plain[:1] not in set("=+-@＝＋－＠")
    assert not _harmful(written)


@pytest.mark.parametrize("figure", ["-3.42 kW", "+10", "-0.3104 AUD/kWh", "-5 %", "-1e-05", "–", "64 %", -3.5, None, 0])
def test_figures_stay_figures(figure: object) -> None:
    """Exports are negative."""
    assert cell(figure) == figure


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | ANY, st.lists))
def test_json_is_exact_and_safe(value: object) -> None:
    """Programs read what the vendor sent; a terminal sees escapes."""
    written = to_json({"value": value}, indent=2)

    assert json.loads(written) == {"value": value}
    assert not _harmful(written.replace("\n", ""))


@given(ANY, ANY, ANY)
def test_errors_are_single_harmless_lines(message: str, code: str, vendor: str) -> None:
    """Whoever raises them, also after a journey between processes."""
    error = BadResponse(message, vendor_code=code, vendor_message=vendor, hint=vendor, provider="acme")
    copied: OpenPowerError = pickle.loads(pickle.dumps(error))

    for each in (error, copied):
        assert not _harmful(f"{each} {each.message} {each.vendor_code} {each.vendor_message} {each.hint}")


def test_what_a_vendor_says_is_kept_short() -> None:
    """A megabyte of it would fill the screen and every log."""
    error = BadResponse("m" * 1_000_000, vendor_message="v" * 1_000_000)

    assert len(str(error)) <= 4000
    assert len(error.vendor_message or "") == 300


@given(ANY)
def test_masked_serials_are_harmless(serial: str) -> None:
    """They come from vendors and go to terminals and logs."""
    assert not _harmful(mask(serial))
