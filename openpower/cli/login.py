"""``openpower login``, ``logout`` and ``profiles``, and the configuration file: private, and never half written."""

from __future__ import annotations

import getpass
import os
import sys
import tempfile
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import tomli_w
from cyclopts import Parameter

import openpower
from openpower import AuthError, ConfigurationError, InvalidValue, MissingCredential, OpenPowerError, Secret
from openpower.cli.arguments import check_writable, default_home, is_zone, no_profile, provider_options, zone_of_machine
from openpower.cli.options import Json, Pairs
from openpower.cli.output import can_ask, print_json, print_lines, show_table
from openpower_core.connection import profiles as stored
from openpower_core.registry import load
from openpower_core.text import clean

if TYPE_CHECKING:
    from openpower_core.registry.spec import Credential, Option, ProviderSpec


def login(
    provider: str,
    /,
    *,
    profile: str | None = None,
    option: Annotated[Pairs, Parameter(name=["--option", "-O"])] = (),
    yes: bool = False,
) -> int:
    """Sign in to a provider and store it as a profile.

    Credentials are taken from the environment or asked for; they are never command-line arguments.

    Args:
        provider: the provider, such as alphaess (see: openpower providers).
        profile: the name of the profile (default: the provider's name).
        option: an option to store, such as -O tz=Europe/Berlin (may be repeated).
        yes: replace a profile of that name without asking.
    """
    spec = load(provider)
    options = provider_options(provider, option)
    name = profile or spec.name
    # Before anybody types a secret for nothing.
    check_writable(stored.config_path().parent, hint="Set OPENPOWER_CONFIG to a file that can be written.")
    known = stored.profiles()
    if name in known and not _may_replace(name, str(known[name].get("provider")), yes=yes):
        print_lines(["Nothing was changed."])
        return 1
    print_lines(_introduction(spec))
    credentials = {field.name: _ask_credential(spec, field) for field in spec.credentials}
    given = {field: value for field, value in credentials.items() if value is not None}
    for field in spec.options:
        if field.ask and field.name not in options and (answer := _ask_option(field)) is not None:
            options[field.name] = answer
    for field in spec.options:
        if field.kind == "path" and field.name in options:
            options[field.name] = _file(field, str(options[field.name]), yes=yes)
    found = _try(spec, given, options)
    print_lines(_discovery(found))
    if "tz" not in options and not any(device.info.tz for device in found):
        options["tz"] = _ask_zone()
    _remember(name, spec, given, options)
    return 0


def _introduction(spec: ProviderSpec) -> list[str]:
    places = dict.fromkeys(credential.where for credential in spec.credentials if credential.where)
    some = any(credential.required for credential in spec.credentials)
    words = "Get the credentials at" if some else "Works without an account; for more, get the credentials at"
    lines = [spec.title, *(f"  {words} {place}" for place in places)]
    if spec.docs_url and spec.docs_url not in places:
        lines.append(f"  Documentation: {spec.docs_url}")
    return lines


def _try(spec: ProviderSpec, given: dict[str, str | Secret], options: dict[str, Any]) -> list[Any]:
    """Connect with what was given; if it is refused, say what to do next."""
    print_lines([f"Signing in to {spec.title} …"])
    sys.stdout.flush()
    try:
        with openpower.connect(spec.name, **given, **options) as connection:
            return list(connection.devices())
    except AuthError as refused:
        again = f"Nothing was stored; try again with: openpower login {spec.name}"
        refused.hint = f"{refused.hint} {again}" if refused.hint else again
        raise


def _discovery(found: list[Any]) -> list[str]:
    count = "1 device" if len(found) == 1 else f"{len(found)} devices"
    lines = [f"  {device.info.id}  {device.info.model or ''}" for device in found]
    return [f"Signed in. Found {count}{':' if found else '.'}", *lines]


def _remember(name: str, spec: ProviderSpec, given: dict[str, str | Secret], options: dict[str, Any]) -> None:
    secrets = {field: value for field, value in given.items() if isinstance(value, Secret)}
    plain = {field: value for field, value in given.items() if not isinstance(value, Secret)}
    in_file = save_profile(name, spec.name, {**plain, **options}, secrets)
    lines = [f"Stored as {name!r} in {stored.config_path()}."]
    if in_file:
        lines.append("No keyring works here, so the secret is in that file, which only you can read.")
    elif secrets:
        lines.append("The secret is in the keyring.")
    print_lines([*lines, f"Next: openpower status {name}"])


def logout(name: str | None = None, /) -> None:
    """Delete a profile and its secrets.

    Args:
        name: the profile (default: the only one).
    """
    name = name or default_home()
    known = stored.profiles()
    if name not in known:
        raise no_profile(name, known, hint="To list them: openpower profiles")
    _forget_profile(name, _credentials_of(str(known[name].get("provider"))))
    print_lines([f"Deleted the profile {name!r}."])


def _credentials_of(provider: str) -> list[str]:
    try:
        return [credential.name for credential in load(provider).credentials]
    except OpenPowerError:  # no longer installed; its entry in the file is deleted all the same
        return []


def profiles(*, json: Json = False) -> None:
    """List the profiles."""
    rows = [(name, str(profile.get("provider", ""))) for name, profile in sorted(stored.profiles().items())]
    if json:
        print_json({"profiles": [{"name": name, "provider": provider} for name, provider in rows]})
    elif rows:
        show_table(("profile", "provider"), rows)
    else:
        print_lines(["No profile yet. Sign in with: openpower login PROVIDER"])


def _ask_credential(spec: ProviderSpec, credential: Credential) -> str | Secret | None:
    """Take a credential from the environment, or ask for it; a secret is not shown while it is typed."""
    title = credential.title or credential.name
    variable = credential.variable(spec.name)
    if value := os.environ.get(variable, "").strip():
        print_lines([f"  {title}: from {variable}"])
    elif can_ask():
        optional = "" if credential.required else " (Enter for none)"
        value = _answer(f"  {title}{optional}: ", secret=credential.secret)
    if value:
        return Secret(value) if credential.secret else value
    if not credential.required:
        return None
    if not can_ask():
        raise MissingCredential(
            f"{spec.title} needs {credential.name}, and there is no terminal to ask for it.",
            provider=spec.name,
            hint=f"Set {variable} in the environment.",
        )
    where = f" Get it at {credential.where}." if credential.where else ""
    raise MissingCredential(
        f"{spec.title} needs {credential.name}, and none was entered.",
        provider=spec.name,
        hint=f"Nothing was stored.{where}",
    )


def _ask_option(option: Option) -> str | None:
    """Ask for an option that the provider marks so; None leaves it out."""
    if not can_ask():
        return None
    usual = "" if option.default is None else f" [{option.default}]"
    return _answer(f"  {option.name} – {option.help}{usual}: ") or None


def _file(option: Option, typed: str, *, yes: bool) -> str:
    """The whole path of a file, for a profile that is used in any folder; one that is not there yet is begun with an example."""
    file = Path(typed).expanduser().absolute()
    if option.example and not file.exists():
        check_writable(file.parent, hint="Give a file in another folder.")
        if yes or (can_ask() and says_yes(f"  There is no {file}. Write an example there?")):
            module, _, name = option.example.partition(":")
            file.write_text(getattr(import_module(module), name), encoding="utf-8")
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
    zone = _answer(f"  Time zone of the home, which the vendor does not report [{usual}]: ") or usual
    if not is_zone(zone):
        raise InvalidValue(
            f"unknown time zone {zone!r}; nothing was stored.", hint="Give an IANA name such as Europe/Berlin."
        )
    return zone


def _may_replace(name: str, provider: str, *, yes: bool) -> bool:
    """Ask before a profile is replaced."""
    if yes:
        return True
    if not can_ask():
        raise ConfigurationError(
            f"there is already a profile {name!r}, for {provider}.",
            hint="Add --yes to replace it, or --profile to store this one under another name.",
        )
    return says_yes(f"There is already a profile {name!r}, for {provider}. Replace it?")


def says_yes(question: str) -> bool:
    """Whether a question was answered with yes."""
    return _answer(f"{question} [y/N] ").lower() in {"y", "yes"}


def _answer(prompt: str, *, secret: bool = False) -> str:
    """What was typed; the end of the input is an empty answer."""
    try:
        return (getpass.getpass(clean(prompt)) if secret else input(clean(prompt))).strip()
    except EOFError:
        print_lines([""])
        return ""


_PRIVATE: Final = 0o600


def save_profile(name: str, provider: str, options: dict[str, Any], secrets: dict[str, Secret]) -> bool:
    """Store a profile, its secrets in the keyring if one works; True if they had to go into the file."""
    # A list, not a generator: all secrets are tried even after one was refused.
    kept = [_keep(stored.keyring_user(name, field), secret) for field, secret in secrets.items()]
    in_keyring = all(kept)
    if not in_keyring:
        # All in one place: whoever reads the file would not find the half that is in the keyring.
        for field in secrets:
            _drop(stored.keyring_user(name, field))
    profile: dict[str, Any] = {"provider": provider, **options}
    if not in_keyring:
        profile |= {field: secret.reveal() for field, secret in secrets.items()}
    content = _content()
    content.setdefault("profiles", {})[name] = profile
    _write(content)
    return bool(secrets) and not in_keyring


def _forget_profile(name: str, fields: list[str]) -> None:
    """Delete an existing profile and its secrets."""
    content = _content()
    del content["profiles"][name]
    _write(content)
    for field in fields:
        _drop(stored.keyring_user(name, field))


def _content() -> dict[str, Any]:
    stored.profiles()  # refuses a file that others can read, or that is damaged
    file = stored.config_path()
    return tomllib.loads(file.read_text(encoding="utf-8-sig")) if file.exists() else {}


def _write(content: dict[str, Any]) -> None:
    """Replace the file atomically; it is private from its first byte."""
    file = stored.config_path()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".config-")
    try:
        with os.fdopen(handle, "wb") as out:
            tomli_w.dump(content, out)
            out.flush()
            os.fsync(out.fileno())
        Path(draft).chmod(_PRIVATE)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def _keep(user: str, secret: Secret) -> bool:
    """Put a secret into the keyring; False if there is none that returns it."""
    try:
        import keyring

        keyring.set_password(stored.KEYRING_SERVICE, user, secret.reveal())
        # Read back, since some backends accept a secret and lose it without an error.
        return keyring.get_password(stored.KEYRING_SERVICE, user) == secret.reveal()
    except Exception:  # noqa: BLE001 - absent, locked or broken: the file is used, and that is said
        return False


def _drop(user: str) -> None:
    try:
        import keyring

        keyring.delete_password(stored.KEYRING_SERVICE, user)
    except Exception:  # noqa: BLE001, S110 - what is not there need not be deleted
        pass
