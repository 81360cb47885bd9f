"""``openpower login``: asks for what a provider needs, tries it, asks again for what is wrong, and stores it as a profile."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final, cast
from zoneinfo import available_timezones

from attrs import define, field, frozen
from cyclopts import Parameter

import openpower
from openpower import (
    AuthError,
    ConfigurationError,
    DataError,
    Feature,
    InvalidValue,
    OpenPowerError,
    RequestError,
    Secret,
    TemporaryError,
)
from openpower.cli import asking, completions
from openpower.cli.arguments import check_writable, error_text, is_zone, provider_options, zone_of_machine
from openpower.cli.changes import spinner
from openpower.cli.options import Pairs, Profile, Provider
from openpower.cli.output import can_ask, money, print_error, print_lines, print_text, program
from openpower.cli.profiles import save_profile
from openpower_core._error import nearest
from openpower_core.clock import SYSTEM_CLOCK
from openpower_core.connection.profiles import config_path, profiles
from openpower_core.registry import load
from openpower_core.registry.loading import discovery_of
from openpower_core.registry.spec import Credential, Option, ProviderSpec
from openpower_core.secrets import credential as cleaned

_SEARCH_S: Final = 3.0


def login(
    provider: Provider,
    /,
    *,
    profile: Profile = None,
    option: Annotated[Pairs, Parameter(name=["--option", "-O"])] = (),
    yes: bool = False,
) -> int:
    """Sign in to a provider and store it as a profile.

    Credentials are taken from the environment or asked for; secrets are never command-line arguments. What is wrong is asked for again.

    Args:
        profile: the name of the profile (default: the provider's name).
        option: an option to store, such as -O tz=Europe/Berlin (may be repeated).
        yes: replace a profile of that name without asking.
    """
    spec = load(provider)
    form = _Form(spec=spec, values=provider_options(provider, option), yes=yes)
    name = profile or spec.name
    # Before anybody types a secret for nothing.
    check_writable(config_path().parent, hint="Set OPENPOWER_CONFIG to a file that can be written.")
    if not _may_store(name, spec, yes=yes):
        print_lines(["Nothing was changed."])
        return 1
    print_text(_introduction(spec))
    form.ask()
    if (found := _tried(form)) is not None:
        print_text(found.lines)
        _choose(form, found)
        if "tz" not in form.values and not found.knows_zone:
            form.values["tz"] = _ask_zone()
    _remember(name, form)
    if found is not None:
        completions.remember(name, found.devices)
    return 0


def _may_store(name: str, spec: ProviderSpec, *, yes: bool) -> bool:
    """Whether a profile may have this name, and whether what it held before may be replaced, which is asked."""
    if name != spec.name and name in {info.name for info in openpower.providers()}:
        raise InvalidValue(
            f"--profile is {name!r}, which is an installed provider.", hint="Give it another name, such as home."
        )
    known = profiles()
    if yes or name not in known:
        return True
    taken = f"there is already a profile {name!r}, for {known[name].get('provider', name)}."
    if not can_ask():
        hint = "Add --yes to replace it, or --profile to store this one under another name."
        raise ConfigurationError(taken, hint=hint)
    return asking.says_yes(f"T{taken[1:]} Replace it?")


def _introduction(spec: ProviderSpec) -> list[str]:
    places = dict.fromkeys(credential.where for credential in spec.credentials if credential.where)
    some = any(credential.required for credential in spec.credentials)
    words = "Get the credentials at" if some else "Works without an account; for more, get the credentials at"
    lines = [spec.title, *(f"  {words} {place}" for place in places)]
    if spec.docs_url and spec.docs_url not in places:
        lines.append(f"  Documentation: {spec.docs_url}")
    return lines


_Field = Credential | Option


@define(kw_only=True)
class _Form:
    """What the provider needs, as far as it is known: it keeps what was typed when one field is wrong."""

    spec: ProviderSpec
    values: dict[str, Any]
    """By field; secrets are hidden."""
    yes: bool
    fixed: set[str] = field(factory=set[str])
    """What the environment says: it stays wrong there, whatever is typed here."""

    @property
    def fields(self) -> list[_Field]:
        """Credentials first, as they are asked for."""
        return [*self.spec.credentials, *self.spec.options]

    def ask(self) -> None:
        """Take from the environment, or ask for, what is not known yet.

        Raises:
            RequestError: there is no terminal to ask on; the message names what to give instead.
        """
        for each in self.fields:
            for alias in self.values.keys() & {*each.aliases}:
                self.values[each.name] = self.values.pop(alias)
        for credential in self.spec.credentials:
            variable = credential.variable(self.spec.name)
            if credential.name not in self.values and (value := os.environ.get(variable, "").strip()):
                print_lines([f"  {_title(credential)}: from {variable}"])
                self.values[credential.name] = Secret(value) if credential.secret else value
                self.fixed.add(credential.name)
        self._check_complete()
        if can_ask():
            self._search()
            for each in self.fields:
                if self._is_asked(each) and each.name not in self.values:
                    self.ask_for(each)
        for option in self.spec.options:
            if option.kind == "path" and option.name in self.values:
                self.values[option.name] = _file(option, str(self.values[option.name]), yes=self.yes)

    def _is_asked(self, item: _Field) -> bool:
        return isinstance(item, Credential) or (bool(item.ask) and not self.values.get(str(item.ask)))

    def _check_complete(self) -> None:
        missing = [each for each in self.spec.credentials if each.required and each.name not in self.values]
        if can_ask() or not missing:
            return
        names = " and ".join(each.name for each in missing)
        plain = "".join(f" -O {each.name}=…" for each in missing if not each.secret)
        variables = " and ".join(each.variable(self.spec.name) for each in missing)
        raise RequestError(
            f"{self.spec.title} needs {names}, and there is no terminal to ask for {'it' if len(missing) == 1 else 'them'}.",
            provider=self.spec.name,
            hint=f"Set {variables} in the environment{f' (or give{plain})' if plain else ''}.",
        )

    def _search(self) -> None:
        """Offer what the local network has, where the provider can search it and no address is given."""
        search = discovery_of(self.spec)
        if search is None or any(each.name in self.values for each in self.spec.credentials):
            return
        found: Sequence[Any] = ()
        with suppress(Exception), spinner("Searching the local network", quiet=False):  # a plugin's own code
            found = search(_SEARCH_S, SYSTEM_CLOCK)
        if not found:
            print_lines(["Nothing answered a search of the local network, so its address is needed."])
            return
        titles = {str(place): f"{each.title}  {' '.join(each.options.values())}" for place, each in enumerate(found)}
        chosen = asking.pick("Found on the local network:", titles, "Which one? (Enter for none of them)")
        if chosen is not None:
            pairs = [f"{name}={value}" for name, value in found[int(chosen)].options.items()]
            self.values |= provider_options(self.spec.name, tuple(pairs))

    def ask_for(self, item: _Field) -> None:
        """Ask for one field until it can be one; what it is already stays if nothing is typed."""
        offered = _offered(item)
        while True:
            question = f"  {_prompt(item, self.values, short=bool(offered))}"
            if offered:
                answer = asking.pick(f"  {_title(item)}:", offered, question) or ""
            else:
                answer = asking.answer(f"{question}: ", secret=isinstance(item, Credential) and item.secret)
            needed = isinstance(item, Credential) and item.required
            if not answer and (item.name in self.values or not needed):
                return
            try:
                self.values[item.name] = self._checked(item, answer)
            except InvalidValue as error:
                print_error(error_text(error))
            else:
                return

    def _checked(self, item: _Field, answer: str) -> Any:
        if isinstance(item, Option):
            value = item.read(answer)
            return _file(item, answer, yes=self.yes) if item.kind == "path" else value
        if not answer:
            raise InvalidValue(f"{_title(item)} is needed.", hint=f"Get it at {item.where}." if item.where else None)
        secret = cleaned(answer, item.name, provider=self.spec.name)
        return secret if item.secret else secret.reveal()

    def wrong_fields(self, error: OpenPowerError) -> list[_Field]:
        """What to ask for again because of an error; nothing where it is not about what was typed."""
        open_ = [each for each in self.fields if each.name not in self.fixed]
        if error.argument in {each.name for each in self.fields}:
            return [each for each in open_ if each.name == error.argument]
        if isinstance(error, AuthError):
            return [each for each in open_ if isinstance(each, Credential)]
        asked = isinstance(error, RequestError | ConfigurationError)
        return [each for each in open_ if asked and self._is_asked(each)]


def _title(item: _Field) -> str:
    if isinstance(item, Credential):
        return item.title or item.name
    return f"{item.name} – {item.help.rstrip('.')}" if item.help else item.name


def _prompt(item: _Field, values: Mapping[str, Any], *, short: bool) -> str:
    """``AppID [alpha123]``: what Enter keeps stands in brackets, except a secret."""
    if isinstance(item, Credential):
        if item.name in values:
            return f"{_title(item)} {'(Enter keeps it)' if item.secret else f'[{values[item.name]}]'}"
        return _title(item) if item.required else f"{_title(item)} (Enter for none)"
    usual = values.get(item.name, item.default)
    return f"{item.name if short else _title(item)}{'' if usual is None else f' [{usual}]'}"


def _loaded(place: str) -> Any:
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)


def _offered(item: _Field) -> Mapping[str, str]:
    """What can be chosen before signing in."""
    if item.choices is None or callable(item.choices):
        return {}
    return item.choices if isinstance(item.choices, Mapping) else cast("dict[str, str]", _loaded(item.choices))


@frozen(kw_only=True)
class _Found:
    """What answered."""

    devices: list[Any]
    lines: list[str]
    knows_zone: bool
    choices: dict[str, Mapping[str, str]]
    """What can be chosen after signing in, by field."""


def _tried(form: _Form) -> _Found | None:
    """Try what was given, and ask again for what is wrong; None if it cannot be tried now and is to be stored all the same."""
    while True:
        print_lines([f"Signing in to {form.spec.title} …"])
        sys.stdout.flush()
        try:
            return _try(form)
        except TemporaryError as error:
            if not can_ask():
                raise
            print_error(error_text(error))
            if not asking.says_yes("It could not be tried. Store it all the same?"):
                raise
            return None
        except OpenPowerError as error:
            again = form.wrong_fields(error) if can_ask() else []
            if not again:
                words = f"Nothing was stored; try again with: openpower login {form.spec.name}"
                error.hint = f"{error.hint} {words}" if error.hint else words
                raise
            print_error(error_text(error))
        for each in again:
            form.ask_for(each)


def _try(form: _Form) -> _Found:
    """Connect, look for devices and, of a retailer, for a price."""
    # By its specification: by its name, a profile that is there already would complete it.
    with openpower.connect(form.spec, **form.values) as connection:
        devices: list[Any] = list(connection.devices())
        choices: dict[str, Mapping[str, str]] = {}
        for each in form.fields:
            if callable(each.choices) and each.name not in form.values:
                with suppress(OpenPowerError):  # then it goes without a choice
                    choices[each.name] = each.choices(connection.native)
        count = "1 device" if len(devices) == 1 else f"{len(devices)} devices"
        lines = [f"Signed in. Found {count}{':' if devices else '.'}"]
        lines += [f"  {device.info.id}  {device.info.model or ''}" for device in devices]
        lines += [f"! {failure.error}" for failure in connection.failures]
        lines += _price_lines(devices)
    return _Found(devices=devices, lines=lines, knows_zone=any(device.info.tz for device in devices), choices=choices)


def _price_lines(devices: Sequence[Any]) -> Iterator[str]:
    """What electricity costs now: a retailer that lists itself may still have nothing to say."""
    for device in devices:
        if device.capabilities[Feature.CURRENT_PRICE]:
            try:
                price = device.current_price()
            except (DataError, TemporaryError) as error:
                if len(devices) == 1 and isinstance(error, TemporaryError):
                    raise  # it may have listed itself without asking anybody
                yield f"! {error_text(error)}"
            else:
                yield f"The price now: {money(price.per_kwh, price.currency)}/kWh"
            return


def _choose(form: _Form, found: _Found) -> None:
    """Let one of the account's systems, sites or stations be chosen, where it has several."""
    for each in form.fields:
        offered = found.choices.get(each.name, {})
        if len(offered) < 2:
            continue
        if not can_ask():
            print_lines([f"There are several, and all are used; -O {each.name}=… chooses one: {', '.join(offered)}"])
        elif chosen := asking.pick(f"There are several, {_title(each)}:", offered, "Which one? (Enter for all)"):
            form.values[each.name] = chosen


def _remember(name: str, form: _Form) -> None:
    secrets = {field: value for field, value in form.values.items() if isinstance(value, Secret)}
    plain = {field: value for field, value in form.values.items() if not isinstance(value, Secret)}
    options = {field: str(value) if isinstance(value, Path) else value for field, value in plain.items()}
    in_file = save_profile(name, form.spec.name, options, secrets)
    lines = [f"Stored as {name!r} in {config_path()}."]
    if in_file:
        lines.append("No keyring works here, so the secret is in that file, which only you can read.")
    elif secrets:
        lines.append("The secret is in the keyring.")
    print_text([*lines, f"Next: {program()} status {name}"])


def _file(option: Option, typed: str, *, yes: bool) -> str:
    """The whole path of a file, for a profile that is used in any folder; one that is not there yet is begun with an example."""
    file = Path(typed).expanduser().absolute()
    if option.example and not file.exists():
        check_writable(file.parent, hint="Give a file in another folder.")
        if yes or (can_ask() and asking.says_yes(f"  There is no {file}. Write an example there?")):
            file.write_text(_loaded(option.example), encoding="utf-8")
            print_lines([f"  Wrote an example to {file}: change it to what your retailer charges."])
    return str(file)


def _ask_zone() -> str:
    """Ask for the home's time zone, which the vendor does not report; without a terminal use the machine's."""
    usual = zone_of_machine()
    if not can_ask():
        print_lines(
            [f"The vendor does not report the home's time zone: using this machine's, {usual} (-O tz=… sets another)."]
        )
        return usual
    while True:
        zone = asking.answer(f"  Time zone of the home, which the vendor does not report [{usual}]: ") or usual
        if is_zone(zone):
            return zone
        near = nearest(zone, available_timezones()) or "Give an IANA name such as Europe/Berlin."
        print_error(f"unknown time zone {zone!r}. {near}")
