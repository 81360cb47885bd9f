"""``[plugins]`` and ``OPENPOWER_PLUGINS`` decide what is imported; what is denied is not, and says how to allow it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from openpower_core.connection import connect
from openpower_core.devices.info import DeviceInfo, Role
from openpower_core.errors import ConfigurationError, ProviderLoadError, Veto
from openpower_core.registry import load, providers
from openpower_core.registry.hooks import Hooks

Install = Callable[..., Path]
Source = Callable[..., str]
Rules = Callable[[str], None]

DEVICE = DeviceInfo(id="X1/meter", provider="acme", serial="X1", role=Role.METER)
GUARD = (
    "from openpower_core.errors import Veto\nfrom openpower_core.provider import hookimpl\n"
    "@hookimpl\ndef openpower_before_write(device, plan): raise Veto('the guard')\n"
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("OPENPOWER_CONFIG", str(path))
    return path


@pytest.fixture
def acme(install: Install, source: Source) -> None:
    """A provider and a guard, each of a distribution of its own."""
    install("Acme_Power", "acme_plugin", source("acme"), version="2.1")
    install("acme-guard", "acme_guard", GUARD, group="openpower.plugins")


def _imported() -> set[str]:
    return {"acme_plugin", "acme_guard"} & set(sys.modules)


def _use(tmp_file: Path, where: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if where == "file":
        tmp_file.write_text(f"[plugins]\n{text}\n")
    else:
        monkeypatch.setenv("OPENPOWER_PLUGINS", text)


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("where", "rules", "remedy"),
    [
        ("file", 'deny = ["acme-power"]', "remove 'acme-power' from deny"),
        ("file", 'deny = ["ACME.power"]', "remove 'acme-power' from deny"),
        ("file", 'allow = ["openpower-demo"]', "add 'acme-power' to allow"),
        ("file", "allow = []", "add 'acme-power' to allow"),
        ("file", 'allow = ["acme-power"]\ndeny = ["acme-power"]', "remove 'acme-power' from deny"),
        ("variable", "-acme-power", "remove -acme-power from OPENPOWER_PLUGINS"),
        ("variable", "openpower-demo, openpower-amber", "add acme-power to OPENPOWER_PLUGINS"),
        ("variable", "* -acme_power", "remove -acme-power from OPENPOWER_PLUGINS"),
    ],
)
def test_a_denied_provider_is_not_imported_and_says_how_to_allow_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, where: str, rules: str, remedy: str
) -> None:
    """Names are compared as package indexes do; deny goes before allow."""
    _use(file, where, rules, monkeypatch)

    with pytest.raises(ProviderLoadError, match=r"Acme_Power 2\.1 was not imported") as caught:
        connect("acme")
    assert remedy in str(caught.value.hint)
    assert _imported() == set()
    assert [bool(each.denied) for each in providers() if each.name == "acme"] == [True]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("where", "rules"),
    [
        ("file", ""),
        ("file", 'allow = ["acme-power"]'),
        ("file", 'deny = ["acme-guard", "no-such-thing"]'),
        ("variable", "acme-power"),
        ("variable", "-acme-guard"),
        ("variable", "*"),
        ("variable", " "),
    ],
)
def test_what_is_allowed_works(file: Path, monkeypatch: pytest.MonkeyPatch, where: str, rules: str) -> None:
    """Without a word about it, everything is."""
    _use(file, where, rules, monkeypatch)

    with connect("acme") as home:
        assert home.native == "the native API of acme"
    assert [each.denied for each in providers() if each.name == "acme"] == [""]


@pytest.mark.usefixtures("acme")
def test_the_variable_replaces_the_table(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a whole, so that one place decides."""
    file.write_text('[plugins]\ndeny = ["acme-power"]\n')
    monkeypatch.setenv("OPENPOWER_PLUGINS", "*")

    assert load("acme").name == "acme"


def test_openpower_s_own_distributions_are_no_exception(file: Path) -> None:
    """Whoever allows one provider gets one provider."""
    file.write_text('[plugins]\nallow = ["openpower-amber"]\n')

    assert load("amber").name == "amber"
    with pytest.raises(ProviderLoadError, match="'openpower-demo' to allow"):
        connect("demo")


@pytest.mark.usefixtures("acme")
def test_a_denied_plugin_is_not_imported_and_blocks_nothing(file: Path) -> None:
    """Its guard is not asked: the user said so."""
    file.write_text('[plugins]\ndeny = ["acme-guard"]\n')
    Hooks().before_write(DEVICE, None)  # type: ignore[arg-type]

    assert _imported() == set()


@pytest.mark.usefixtures("acme")
def test_a_provider_that_is_denied_after_it_was_loaded(file: Path) -> None:
    """The rule holds for the next connection."""
    connect("acme").close()
    file.write_text('[plugins]\ndeny = ["acme-power"]\n')
    with pytest.raises(ProviderLoadError, match=r"Acme_Power 2\.1 was not imported: .* denies it"):
        connect("acme")
    file.write_text("")
    connect("acme").close()


@pytest.mark.usefixtures("acme")
def test_an_allowed_plugin_is_asked(file: Path) -> None:
    """The same guard, without the rule."""
    file.write_text('[plugins]\nallow = ["acme-guard"]\n')

    with pytest.raises(Veto, match="the guard"):
        Hooks().before_write(DEVICE, None)  # type: ignore[arg-type]


def test_denying_one_of_two_that_claim_a_name_leaves_the_other(file: Path, install: Install, source: Source) -> None:
    """The way out that needs no uninstalling."""
    install("openpower-acme", "acme_plugin", source("acme"))
    install("evil-acme", "acme_guard", "1 / 0")
    file.write_text('[plugins]\ndeny = ["evil-acme"]\n')

    assert load("acme").name == "acme"
    assert "acme_guard" not in sys.modules


def test_who_claims_a_name_of_openpower_s_own_is_the_one_to_uninstall(install: Install) -> None:
    """The hint names the stranger, and never the genuine distribution."""
    install("aaa-demo", "acme_plugin", "1 / 0", name="demo", version="9.9")
    install("zzz-amber", "acme_guard", "1 / 0", name="amber", version="9.9")

    for name, stranger in (("demo", "aaa-demo"), ("amber", "zzz-amber")):
        with pytest.raises(ProviderLoadError) as caught:
            connect(name)
        hint = str(caught.value.hint)
        assert f"pip uninstall {stranger}" in hint
        assert f"pip uninstall openpower-{name}" not in hint
        assert f"{stranger} 9.9" in hint
        assert f"openpower-{name} 0.2.0" in hint


def test_two_who_claim_a_name_of_openpower_s_own(install: Install) -> None:
    """Both are named, to uninstall or to deny, and the genuine one is not."""
    install("aaa-demo", "acme_plugin", "1 / 0", name="demo", version="9.8")
    install("zzz-demo", "acme_guard", "1 / 0", name="demo", version="9.9")

    with pytest.raises(ProviderLoadError) as caught:
        connect("demo")
    hint = str(caught.value.hint)
    assert all(each in hint for each in ("aaa-demo 9.8", "zzz-demo 9.9", "openpower-demo 0.2.0"))
    assert "(pip uninstall aaa-demo zzz-demo)" in hint
    assert "deny = ['aaa-demo', 'zzz-demo']" in hint


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[plugins]\ndenied = ["acme-power"]\n', r"no key 'denied'.*mean 'deny'"),
        ('[plugin]\ndeny = ["acme-power"]\n', r"no key 'plugin'.*mean 'plugins'"),
        ('[plugins]\ndeny = "acme-power"\n', "names of distributions"),
        ("[plugins]\nallow = [1]\n", "names of distributions"),
        ('[plugins]\ndeny = ["acme power"]\n', "names of distributions"),
        ('plugins = ["acme-power"]\n', r"\[plugins\]"),
        ("[plugins\n", "not valid TOML"),
    ],
)
def test_rules_that_cannot_be_understood_stop_everything(file: Path, text: str, complaint: str) -> None:
    """What cannot be read may be a denial: nothing is imported, and writes are refused."""
    file.write_text(text)

    with pytest.raises(ConfigurationError, match=complaint):
        connect("acme")
    with pytest.raises(Veto, match="configuration"):
        Hooks().before_write(DEVICE, None)  # type: ignore[arg-type]
    assert _imported() == set()


@pytest.mark.parametrize("text", ["acme;rm", "--acme", "-", "acme=1"])
def test_a_variable_that_cannot_be_understood_stops_everything(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt denial would allow what it means to deny."""
    monkeypatch.setenv("OPENPOWER_PLUGINS", text)

    with pytest.raises(ConfigurationError, match="OPENPOWER_PLUGINS"):
        connect("demo")


def test_a_configuration_file_is_read_once(
    file: Path, monkeypatch: pytest.MonkeyPatch, install: Install, source: Source
) -> None:
    """For the rules and the profile together; again only when it has changed."""
    install("acme-power", "acme_plugin", source("acme"))
    reads: list[Path] = []
    read = Path.read_text

    def counted(path: Path, *args: object, **options: object) -> str:
        if path == file:
            reads.append(path)
        return read(path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "read_text", counted)
    file.write_text('[profiles.home]\nprovider = "acme"\n[plugins]\ndeny = ["other"]\n')
    file.chmod(0o600)
    for _ in range(3):
        connect("acme", profile="home").close()
        providers()
    assert len(reads) == 1

    file.write_text('[plugins]\ndeny = ["acme-power"]\n')
    assert [bool(each.denied) for each in providers() if each.name == "acme"] == [True]
    assert len(reads) == 2
