r"""Text from outside, from vendors above all, made harmless: for a message or log line, a terminal, a spreadsheet, JSON.

>>> clean("Battery\x1b[31m\nroom\u202e")
'Battery room'
>>> cell("=HYPERLINK(1)"), cell("-3.42 kW")
("'=HYPERLINK(1)", '-3.42 kW')
"""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["LONGEST", "cell", "clean", "to_json"]

LONGEST: Final = 300
"""How much of a vendor's text is kept in errors and logs."""

# Whole commands to a terminal: colours and cursors (CSI); titles, links and the clipboard (OSC, DCS, PM, APC, SOS).
_COMMAND: Final = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
)
# Invisible although Unicode counts them among letters and marks: fillers, joiners of graphemes, variation selectors.
_BLANK: Final = "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0\U000e0100-\U000e01ef]"
_SPACES: Final = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"


def clean(text: str, *, longest: int | None = None) -> str:
    """Return a text as one line without control characters, bidirectional overrides and other invisible characters.

    Line ends and tabs become spaces, lone surrogates the replacement character. Ordinary text is returned as it is.

    Args:
        text: what came from outside.
        longest: cut it to so many characters, the last of them an ellipsis.
    """
    if longest is not None and len(text) > longest:
        # Before anything else, since a megabyte would take long; commands to terminals may be cut in half by this.
        text = f"{clean(text[: longest - 1])}…"
    if text.isascii() and text.isprintable():  # nearly always
        return text
    from unicodedata import category

    made: list[str] = []
    for char in re.sub(_BLANK, "", re.sub(_COMMAND, "", text)):
        kind = category(char)
        if char in _SPACES:
            made.append(" ")
        elif kind == "Cs":
            made.append("\ufffd")
        elif kind not in {"Cc", "Cf"}:
            made.append(char)
    return "".join(made)


# A sign, a figure and perhaps its unit: a spreadsheet finds nothing to calculate or to call in it.
_FIGURE: Final = r"[-+]\d[\d.,]*([eE][-+]?\d+)?( ?%| [A-Za-z]+(/[A-Za-z]+)?)?"


def cell(value: Any) -> Any:
    """Return one cell of a table in a file: text that a spreadsheet would take for a formula gets an apostrophe.

    Numbers, and text that is a figure, stay as they are.
    """
    if not isinstance(value, str):
        return value
    text = clean(value)
    # A spreadsheet ignores spaces before a formula; some take the wide forms of these characters for them.
    formula = text.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
    return f"'{text}" if formula and not re.fullmatch(_FIGURE, text.strip()) else text


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Write JSON in which every character that ``clean`` would remove is escaped: exact for programs, safe on a terminal."""
    import json

    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(char if char == "\n" or clean(char) == char else json.dumps(char)[1:-1] for char in text)
