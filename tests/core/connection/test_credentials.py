"""What is left out of ``connect`` is looked for, in order; what is missing is named, and secrets are wrapped."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from openpower_core.errors import ConfigurationError, InvalidValue, MissingCredential, UnknownProvider
from openpower_core.provider import ProviderSpec, hookimpl
from openpower_core.registry import register, unregister
from openpower_core.registry.hooks import HOOKS
from openpower_core.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's keyring stays closed."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    for name in ("APP_ID", "APP_SECRET", "PIN"):
        monkeypatch.delenv(f"OPENPOWER_ACME_CLOUD_{name}", raising=False)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration file with one profile that only its owner can read."""
    file = tmp_path / "config.toml"
    file.write_text(
        '[profiles.home]\nprovider = "acme-cloud"\napp_id = "from profile"\n'
        'app_secret = "secret of profile"\ntz = "Australia/Sydney"\nsite_id = "s1"\ntimeout = 5\n'
    )
    file.chmod(0o600)
    monkeypatch.setenv("OPENPOWER_CONFIG", str(file))
    return file


@pytest.fixture
def vault() -> Iterator[None]:
    """A plugin that knows every credential."""

    class Vault:
        @hookimpl
        def openpower_resolve_credential(self, provider: str, field: str) -> str:
            return f"{provider}:{field}"

    plugin = Vault()
    HOOKS.add(plugin)
    yield
    HOOKS.remove(plugin)


def _connect(flavour: Any, spec: ProviderSpec, **options: Any) -> dict[str, Any]:
    arrived: dict[str, Any] = flavour.connect(spec, **options).native.options
    return arrived


def test_what_is_given_arrives_and_secrets_are_wrapped(flavour: Any, spec: ProviderSpec) -> None:
    """What is not secret stays as it was given; what was left out is not passed."""
    options = _connect(flavour, spec, app_id="a", app_secret="s")

    assert options == {"app_id": "a", "app_secret": Secret("s")}


def test_a_secret_may_be_given_wrapped(flavour: Any, spec: ProviderSpec) -> None:
    """It is not wrapped twice."""
    options = _connect(flavour, spec, app_id="a", app_secret=Secret("s"))

    assert options["app_secret"].reveal() == "s"


def test_aliases_mean_the_same(flavour: Any, spec: ProviderSpec) -> None:
    """Of credentials and of options."""
    options = _connect(flavour, spec, account="a", app_secret="s", site_id="s1")

    assert (options["app_id"], options["site"]) == ("a", "s1")


def test_a_name_and_its_alias_together_are_refused(flavour: Any, spec: ProviderSpec) -> None:
    """It is unknown which was meant."""
    with pytest.raises(InvalidValue, match="app_id is given twice"):
        _connect(flavour, spec, account="a", app_id="b", app_secret="s")


def test_an_unknown_option_names_the_known_ones_and_the_nearest(flavour: Any, spec: ProviderSpec) -> None:
    """A typing mistake is not passed over."""
    with pytest.raises(InvalidValue, match=r"'app_sceret'.*takes app_id.*mean 'app_secret'"):
        _connect(flavour, spec, app_id="a", app_sceret="s")


def test_the_environment_is_asked_first(
    flavour: Any, spec: ProviderSpec, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the profile, and after what is given."""
    monkeypatch.setenv("OPENPOWER_ACME_CLOUD_APP_ID", "from environment")
    monkeypatch.setenv("OPENPOWER_ACME_CLOUD_APP_SECRET", "secret of environment")
    options = _connect(flavour, spec, app_secret="given", profile="home")

    assert options["app_id"] == "from environment"
    assert options["app_secret"].reveal() == "given"


def test_a_profile_fills_in_what_is_left_out(flavour: Any, spec: ProviderSpec, config: Path) -> None:
    """Credentials, the provider's options, and those that core takes."""
    home = flavour.connect(spec, profile="home")

    assert home.native.options == {"app_id": "from profile", "app_secret": Secret("secret of profile"), "site": "s1"}
    assert (home.native.context.tz, home.native.context.timeout) == ("Australia/Sydney", 5)


def test_what_is_given_goes_before_the_profile(flavour: Any, spec: ProviderSpec, config: Path) -> None:
    """Also for the options that core takes."""
    home = flavour.connect(spec, profile="home", tz="Europe/Berlin", site="s2")

    assert home.native.context.tz == "Europe/Berlin"
    assert home.native.options["site"] == "s2"


def test_a_keyring_is_asked_after_the_profile(
    flavour: Any, spec: ProviderSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the provider's name, or the profile's."""
    keyring = ModuleType("keyring")
    keyring.get_password = lambda service, user: f"{service}:{user}"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    options = _connect(flavour, spec, app_id="a")

    assert options["app_secret"].reveal() == "openpower:acme-cloud/app_secret"
    assert "pin" not in options


def test_a_keyring_that_fails_knows_nothing(flavour: Any, spec: ProviderSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    """A locked one is like an absent one."""
    keyring = ModuleType("keyring")
    keyring.get_password = lambda *_: 1 / 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)

    with pytest.raises(MissingCredential):
        _connect(flavour, spec, app_id="a")


def test_plugins_are_asked_last(flavour: Any, spec: ProviderSpec, vault: None) -> None:
    """The hook is ``openpower_resolve_credential``."""
    options = _connect(flavour, spec, app_id="a")

    assert options["app_id"] == "a"
    assert options["app_secret"].reveal() == "acme-cloud:app_secret"


def test_everything_that_is_missing_is_named_together(flavour: Any, spec: ProviderSpec) -> None:
    """With the variables to set, and where to get it; an empty text counts as missing."""
    with pytest.raises(MissingCredential) as caught:
        _connect(flavour, spec, app_secret="")

    message = str(caught.value)
    assert "Acme needs app_id and app_secret" in message
    assert "OPENPOWER_ACME_CLOUD_APP_ID, OPENPOWER_ACME_CLOUD_APP_SECRET" in message
    assert "https://acme.example" in message
    assert "pin" not in message


def test_no_error_of_connect_shows_a_secret(flavour: Any, spec: ProviderSpec) -> None:
    """Whatever else is wrong with the call."""
    canary = "hunter2-canary"
    wrong: list[dict[str, Any]] = [
        {"app_secret": canary},
        {"app_secret": canary, "app_id": "a", "app_sceret": canary},
        {"app_secret": canary, "app_id": "a", "account": "a"},
        {"app_secret": canary, "app_id": "a", "tz": "Atlantis"},
    ]
    for options in wrong:
        with pytest.raises((InvalidValue, MissingCredential)) as caught:
            _connect(flavour, spec, **options)
        assert canary not in str(caught.value) + repr(caught.value.__dict__)


class TestProfiles:
    def test_an_unknown_profile_lists_the_known_ones(self, flavour: Any, spec: ProviderSpec, config: Path) -> None:
        """And the file."""
        with pytest.raises(ConfigurationError, match=r"'hom' in .*config.toml; there are: home"):
            _connect(flavour, spec, profile="hom")

    def test_a_profile_of_another_provider_is_refused(self, flavour: Any, spec: ProviderSpec, config: Path) -> None:
        """Its credentials are not sent to the wrong vendor."""
        config.write_text('[profiles.home]\nprovider = "other"\n')

        with pytest.raises(ConfigurationError, match=r"for 'other'.*connect\('other'"):
            _connect(flavour, spec, profile="home")

    @pytest.mark.skipif(sys.platform == "win32", reason="modes are a POSIX matter")
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
    def test_a_file_that_others_can_read_is_refused(
        self, flavour: Any, spec: ProviderSpec, config: Path, mode: int
    ) -> None:
        """The remedy is in the message."""
        config.chmod(mode)

        with pytest.raises(ConfigurationError, match="chmod 600"):
            _connect(flavour, spec, profile="home")

    def test_a_file_that_is_not_toml_is_refused_without_showing_it(
        self, flavour: Any, spec: ProviderSpec, config: Path
    ) -> None:
        """It may hold secrets."""
        config.write_text("app_secret = hunter2\n")

        with pytest.raises(ConfigurationError, match="not valid TOML") as caught:
            _connect(flavour, spec, profile="home")
        assert "hunter2" not in str(caught.value)
        assert "line 1, column 14" in str(caught.value)

    def test_a_key_that_is_there_twice_is_refused_with_its_place(
        self, flavour: Any, spec: ProviderSpec, config: Path
    ) -> None:
        """Of two values one would be dropped."""
        config.write_text('[profiles.home]\ntz = "UTC"\ntz = "Europe/Berlin"\n')

        with pytest.raises(ConfigurationError, match=r"twice \(at line 3, column \d+\)"):
            _connect(flavour, spec, profile="home")

    def test_without_a_file_there_are_none(
        self, flavour: Any, spec: ProviderSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Which is said."""
        monkeypatch.setenv("OPENPOWER_CONFIG", str(tmp_path / "absent.toml"))

        with pytest.raises(ConfigurationError, match="there are: none"):
            _connect(flavour, spec, profile="home")


class TestContext:
    def test_common_options_reach_the_context(self, flavour: Any, spec: ProviderSpec, tmp_path: Path) -> None:
        """Under their own names."""
        home = flavour.home(base_url="http://127.0.0.1:1/api/", tz="Europe/Berlin", state_dir=str(tmp_path))
        context = home.native.context

        assert context.url("https://vendor.example/api") == "http://127.0.0.1:1/api"
        assert (context.tz, context.state_dir) == ("Europe/Berlin", tmp_path)
        assert context.timeout == 30

    @pytest.mark.parametrize("wrong", [{"tz": "Atlantis/Main"}, {"tz": "../etc/passwd"}, {"timeout": 0}])
    def test_what_cannot_be_right_is_refused(self, flavour: Any, wrong: dict[str, Any]) -> None:
        """Before anything is sent."""
        with pytest.raises(InvalidValue, match=next(iter(wrong))):
            flavour.home(**wrong)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a short way")
@pytest.mark.parametrize("base", [None, "", "/srv/settings"])
def test_the_configuration_folder_is_where_platformdirs_says(base: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking platformdirs itself would slow every cold start."""
    from platformdirs import user_config_path

    from openpower_core.connection.profiles import config_path

    monkeypatch.delenv("OPENPOWER_CONFIG", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    if base is not None:
        monkeypatch.setenv("XDG_CONFIG_HOME", base)

    assert config_path() == user_config_path("openpower") / "config.toml"


class TestProfilesByName:
    """``connect("home")``: a profile is named like a provider, and one that has its provider's name is simply used."""

    @pytest.fixture(autouse=True)
    def installed(self, spec: ProviderSpec, config: Path) -> Iterator[None]:
        register(spec)
        yield
        unregister(spec.name)

    def test_a_profile_is_connected_to_by_its_name(self, flavour: Any) -> None:
        """With all that it holds, and under its provider's name."""
        home = flavour.connect("home")

        assert home.provider == "acme-cloud"
        assert home.native.options["app_secret"] == Secret("secret of profile")

    def test_a_profile_with_its_providers_name_is_used_by_itself(self, flavour: Any, config: Path) -> None:
        """``openpower login acme-cloud``, and then ``connect("acme-cloud")`` works."""
        config.write_text('[profiles.acme-cloud]\napp_id = "stored"\napp_secret = "s"\ntz = "Europe/Oslo"\n')

        home = flavour.connect("acme-cloud", site="s2")

        assert (home.native.options["app_id"], home.native.options["site"]) == ("stored", "s2")

    def test_a_credential_of_the_call_switches_that_profile_off(self, flavour: Any, config: Path) -> None:
        """Half of one account and half of another would be neither."""
        config.write_text('[profiles.acme-cloud]\napp_id = "stored"\napp_secret = "s"\n')

        with pytest.raises(MissingCredential, match="app_secret"):
            flavour.connect("acme-cloud", app_id="other")

    def test_a_profile_with_the_name_of_another_provider_is_refused(self, flavour: Any, config: Path) -> None:
        """Its credentials would go to a vendor that the name does not say."""
        config.write_text('[profiles.acme-cloud]\nprovider = "demo"\n')

        with pytest.raises(ConfigurationError, match="is for 'demo', and 'acme-cloud' is an installed provider"):
            flavour.connect("acme-cloud")

    def test_a_name_that_is_neither_lists_the_profiles(self, flavour: Any) -> None:
        """With the nearest one."""
        with pytest.raises(UnknownProvider, match=r"neither a profile \(home\) nor .*Did you mean 'home'"):
            flavour.connect("hoem")

    def test_a_file_that_others_can_read_matters_only_to_its_profiles(self, flavour: Any, config: Path) -> None:
        """A configuration of plugins alone may be anybody's to read."""
        config.chmod(0o644)

        assert flavour.connect("demo").provider == "demo"
        with pytest.raises(ConfigurationError, match="chmod 600"):
            flavour.connect("home")
