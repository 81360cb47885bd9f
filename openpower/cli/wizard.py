"""``openpower run --init``: asks what the hub is to do, and writes a configuration file that explains all of its keys."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import attrs
from attrs import define, field

from openpower import ConfigurationError, InvalidValue, OpenPowerError
from openpower.cli.arguments import check_writable, error_text
from openpower.cli.asking import answer, says_yes
from openpower.cli.files import replace
from openpower.cli.output import can_ask, print_error, print_lines, print_text, program
from openpower_core.connection.profiles import config_path, profile_names
from openpower_hub import config as settings, config_file
from openpower_hub.described import SECTIONS, about, keys

_WIDTH: Final = 100
_ROLES: Final = ("battery", "inverter", "ev_charger")


def init(file: Path | None) -> int:
    """Ask, and write the file and those of the secrets.

    Args:
        file: where to; by default where it is already, or beside the profiles.
    """
    file = (file or config_file.find_file() or config_path().with_name(config_file.FILE)).expanduser().absolute()
    if not can_ask():
        raise ConfigurationError(
            "run --init asks questions, and there is no terminal to ask on.",
            hint=f"Write {file} by hand (docs/reference/hub.md has all keys), or name the profiles: openpower run --profile NAME",
        )
    check_writable(file.parent, hint="Name another file with --config.")
    if file.exists() and not says_yes(f"There is already {file}. Replace it?"):
        print_lines(["Nothing was changed."])
        return 1
    wizard = Wizard(folder=file.parent)
    wizard.ask()
    text = file_text(wizard.tables)
    config_file.parse_config(tomllib.loads(text), str(file))  # what cannot be read again is not written
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path, content in [*wizard.secrets.items(), (file, text)]:
        replace(path, lambda draft, content=content: draft.write_text(content, encoding="utf-8"))  # type: ignore[misc]
        print_lines([f"Wrote {path}"])
    print_text(wizard.notes)
    print_lines([f"To check it: {program()} run --check", f"To run it:   {program()} run"])
    return 0


@define(kw_only=True)
class Wizard:
    """What was answered so far."""

    folder: Path
    """Where the files go."""
    tables: dict[str, dict[str, Any]] = field(factory=dict[str, dict[str, Any]])
    """By the name of the table in the file: ``"homes.house"``, ``"mqtt"`` …"""
    secrets: dict[Path, str] = field(factory=dict[Path, str])
    """Files of their own, and what they hold."""
    notes: list[str] = field(factory=list[str])
    """What is to be said at the end."""

    def ask(self) -> None:
        """Ask for everything, part by part; Enter takes what stands in brackets."""
        print_text(["Enter takes what stands in [brackets].", ""])
        self._homes()
        self._page()
        self._mqtt()
        self._planners()
        self._history()
        self._notifications()

    def _homes(self) -> None:
        left = profile_names()
        if not left:
            print_text(
                [f"No profile is stored yet ({program()} login PROVIDER stores one), so this is the simulated home."]
            )
            left = ["demo"]
        known = tuple(left)
        while left:
            used = self._home(left, known)
            left = [each for each in left if each not in used]
            if left and not says_yes(f"Is there another home, with {' or '.join(left)}?"):
                break

    def _home(self, left: list[str], known: tuple[str, ...]) -> list[str]:
        usual = "home" if "homes.home" not in self.tables else "home2"
        name = str(_asked("Name of the home", usual, _home_name))
        chosen: list[str] = _asked("  Its profiles", " ".join(left), lambda typed: _some_of(typed, known))
        table: dict[str, Any] = {"profiles": chosen}
        every = {}
        for profile in chosen:
            question = f"  Read {profile} every … (such as 30 s; Enter: as often as suits the vendor)"
            if span := _asked(
                question, "", lambda typed: _converted(settings.HomeConfig, "intervals", {"it": typed}, typed)
            ):
                every[profile] = span
        self.tables[f"homes.{toml_key(name)}"] = table | ({"intervals": every} if every else {})
        return chosen

    def _page(self) -> None:
        table: dict[str, Any] = {}
        table["port"] = _asked("Port of the page and the HTTP API", "8484", _port)
        if says_yes("  May other machines of the network open it?"):
            table["host"] = "0.0.0.0"  # noqa: S104 - asked for, and refused without a token
        table["control"] = self._control("the page")
        self.tables["http"] = table
        if "host" not in table and not table["control"]:
            return
        print_text(["  That needs a token, to sign in with."])
        name = str(_asked("  Name of the token", "page", _home_name))
        token, digest = new_token()
        rights = ["read", *(["control"] if table["control"] else [])]
        self.tables[f"http.tokens.{toml_key(name)}"] = {"sha256": digest, "rights": rights}
        self.notes.append(f"The token {name!r}, which is shown only now: {token}")

    def _mqtt(self) -> None:
        if not says_yes("Connect to an MQTT broker, for Home Assistant?"):
            return
        table: dict[str, Any] = {"host": _asked("  Its name or address", "localhost", str)}
        table["tls"] = says_yes("  With TLS?")
        table["port"] = _asked("  Its port", "8883" if table["tls"] else "1883", _port)
        if user := _asked("  User name (Enter: none)", "", str):
            table["username"] = user
            self._password(table)
        table["control"] = self._control("MQTT")
        self.tables["mqtt"] = table

    def _password(self, table: dict[str, Any]) -> None:
        if password := answer("  Password (Enter: it will be in OPENPOWER_MQTT_PASSWORD): ", secret=True):
            table["password_file"] = str(self._secret("mqtt-password", password))
        else:
            self.notes.append("Put the broker's password into OPENPOWER_MQTT_PASSWORD in the environment.")

    def _planners(self) -> None:
        home = self._only_home()
        if "mqtt" in self.tables and says_yes("Does Predbat plan for a home?"):
            self.tables["predbat"] = home() | {"control": says_yes("  Let it command the battery, and not only read?")}
        elif says_yes("Does EMHASS plan for a home?"):
            table = {"url": _asked("  Its address", "http://127.0.0.1:5000", _url), **home()}
            self.tables["emhass"] = table | {"control": says_yes("  Carry its plan out, and not only show it?")}

    def _only_home(self) -> Callable[[], dict[str, Any]]:
        names = [name.partition(".")[2] for name in self.tables if name.startswith("homes.")]
        if len(names) == 1:
            return dict
        return lambda: {"home": _asked("  Which home", names[0], lambda typed: _one_of(typed, names))}

    def _history(self) -> None:
        kept = _asked(
            "How long is every reading kept (means of 5 minutes, hours and days are kept for ever)", "30 d", _raw
        )
        self.tables["history"] = {"raw": kept}

    def _notifications(self) -> None:
        if not says_yes("Send notifications when a command fails or a vendor is lost?"):
            return
        print_text(
            ["  apprise URLs, such as ntfy://topic; they may hold secrets and are not shown. Enter ends the list."]
        )
        urls: list[str] = []
        while typed := answer("  URL: ", secret=True):
            urls.append(typed)
        table: dict[str, Any] = {}
        if urls:
            table["urls_file"] = str(self._secret("notifications", "\n".join(urls)))
        else:
            self.notes.append("Put the apprise URLs into OPENPOWER_NOTIFICATIONS in the environment.")
        if above := _asked("  Also when a kWh costs more than (Enter: never)", "", _number):
            table["spike_above"] = above
        self.tables["notifications"] = table

    def _control(self, who: str) -> list[str]:
        question = f"  What may {who} control? Some of {' '.join(_ROLES)} (Enter: nothing)"
        chosen: list[str] | None = _asked(question, "", lambda typed: _some_of(typed, _ROLES))
        return chosen or []

    def _secret(self, name: str, content: str) -> Path:
        path = self.folder / f"openpower-{name}"
        self.secrets[path] = f"{content}\n"
        return path


def _asked(question: str, usual: str, read: Callable[[str], Any]) -> Any:
    """What was typed, in the form that the file takes; asked again until it can be that. None for nothing."""
    while True:
        typed = answer(f"{question}{f' [{usual}]' if usual else ''}: ") or usual
        if not typed:
            return None
        try:
            return read(typed)
        except OpenPowerError as error:
            print_error(error_text(error))


def _home_name(typed: str) -> str:
    if not re.fullmatch(r"[\w-]+", typed):
        raise InvalidValue(f"{typed!r} is no name; it takes letters, digits, - and _.")
    return typed


def _some_of(typed: str, known: tuple[str, ...]) -> list[str]:
    return [_one_of(each, known) for each in dict.fromkeys(re.split(r"[\s,]+", typed)) if each]


def _one_of(typed: str, known: Any) -> str:
    if typed not in known:
        raise InvalidValue(f"{typed!r} is none of {', '.join(known)}.")
    return typed


def _converted(cls: type[Any], key: str, value: Any, typed: Any) -> Any:
    """What was typed, if the configuration takes it."""
    fields: Any = attrs.fields_dict(cls)
    fields[key].converter(value)
    return typed


def _raw(typed: str) -> str:
    return str(_converted(settings.HistoryConfig, "raw", typed, typed))


def _port(typed: str) -> int:
    if not typed.isdecimal():
        raise InvalidValue(f"{typed!r} is no port; it must be a number from 1 to 65535.")
    return int(_converted(settings.HTTPConfig, "port", int(typed), typed))


def _number(typed: str) -> float:
    try:
        return float(typed)
    except ValueError:
        raise InvalidValue(f"{typed!r} is no number.") from None


def _url(typed: str) -> str:
    if not re.match(r"https?://\S+$", typed):
        raise InvalidValue(f"{typed!r} is no address such as http://127.0.0.1:5000.")
    return typed


def file_text(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole file: the tables that are given, and all else as comments, each key with what it means."""
    lines = _comment(
        "The configuration of `openpower run`. It holds no secrets. A running one reads it again on SIGHUP."
    )
    for section, cls in SECTIONS.items():
        group, _, named = section.rpartition(".")
        if named == "NAME":
            found = {name: table for name, table in tables.items() if name.rpartition(".")[0] == group}
        else:
            found = {section: tables[section]} if section in tables else {}
        for name, table in found.items():
            lines += ["", *_table(name, section, cls, table)]
        if not found:
            lines += ["", *_table(section, section, cls, None)]
    return "\n".join(lines) + "\n"


def _table(name: str, section: str, cls: type[Any], given: Mapping[str, Any] | None) -> Iterator[str]:
    words = about(section)
    yield from _comment(f"{words[:1].upper()}{words[1:]}")
    yield f"[{name}]" if given is not None else f"#[{name}]"
    for key, words in keys(section).items():
        if key == "tokens":  # tables of their own
            continue
        yield from _comment(words)
        if given is not None and key in given:
            yield f"{key} = {toml_value(given[key])}"
        else:
            usual = attrs.fields_dict(cls)[key].default
            yield f"#{key} = {_usual(usual)}".rstrip()


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text.replace("`", ""), _WIDTH, initial_indent="# ", subsequent_indent="# ")


def _usual(value: Any) -> str:
    if value is None or value is attrs.NOTHING:
        return ""
    return toml_value({} if isinstance(value, attrs.Factory) else value)  # type: ignore[arg-type]  # a class to mypy


def toml_key(name: str) -> str:
    """A name as a key."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def toml_value(value: Any) -> str:
    """A value on one line."""
    match value:
        case timedelta():
            return toml_value(_span_text(value))
        case Mapping():
            pairs = cast("Mapping[str, Any]", value).items()
            return (
                "{ " + ", ".join(f"{toml_key(key)} = {toml_value(each)}" for key, each in pairs) + " }"
                if value
                else "{}"
            )
        case frozenset() | tuple() | list():
            texts = [toml_value(each) for each in cast("list[Any]", value)]
            return f"[{', '.join(sorted(texts) if isinstance(value, frozenset) else texts)}]"
        case bool() | int() | float() | str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")  # as JSON has it
        case _:
            return toml_value(str(value))


def _span_text(span: timedelta) -> str:
    for unit, one in (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if span % one == timedelta(0) and span > one:
            return f"{span // one} {unit}"
    return f"{span.total_seconds():g} s"


def new_token() -> tuple[str, str]:
    """A token, and its hash."""
    token = f"op_{secrets.token_urlsafe(32)}"
    return token, hashlib.sha256(token.encode()).hexdigest()
