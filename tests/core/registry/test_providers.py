"""Providers are found without being imported, and a broken one breaks only its own ``connect``."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest

from openpower_core.connection import connect
from openpower_core.errors import IncompatibleProvider, InvalidValue, ProviderLoadError, UnknownProvider
from openpower_core.provider import Option, ProviderSpec
from openpower_core.registry import ProviderInfo, load, loading, providers, register, unregister

ROOT = Path(__file__).parents[3]
Install = Callable[..., Path]
Source = Callable[..., str]


def _without_metadata(_: PathDistribution) -> None:
    """As importlib_metadata, the backport, answers."""
    raise FileNotFoundError("No package metadata was found.")


@pytest.fixture
def spec() -> Iterator[ProviderSpec]:
    """A registered provider."""
    made = ProviderSpec(name="acme", connect=lambda context: None)
    register(made)
    yield made
    unregister("acme")


class TestListing:
    def test_an_installed_provider_is_listed_with_its_distribution(self, install: Install, source: Source) -> None:
        """The name comes from the entry point, the rest from the distribution's metadata."""
        install("openpower-acme", "acme_plugin", source("acme"), version="3.1")

        assert ProviderInfo("acme", "openpower-acme", "3.1") in providers()

    def test_listing_imports_no_provider(self, install: Install) -> None:
        """A provider that crashes on import is listed nevertheless."""
        install("openpower-acme", "acme_plugin", "raise SystemExit('imported')")

        assert "acme" in [each.name for each in providers()]
        assert "acme_plugin" not in sys.modules

    def test_a_name_claimed_twice_is_listed_twice(self, install: Install, source: Source) -> None:
        """A clash can be seen before it hurts."""
        install("openpower-acme", "acme_one", source("acme"))
        install("acme-power", "acme_two", source("acme"))

        assert [each.distribution for each in providers() if each.name == "acme"] == ["acme-power", "openpower-acme"]

    @pytest.mark.parametrize("raises", [False, True])
    def test_damaged_metadata_harms_no_other(
        self, install: Install, source: Source, monkeypatch: pytest.MonkeyPatch, *, raises: bool
    ) -> None:
        """A distribution that says neither its name nor its version is listed, and loaded, nevertheless."""
        site = install("openpower-acme", "acme_plugin", source("acme"))
        install("acme-power", "acme_power", source("power"), name="power")
        (site / "openpower_acme-1.0.dist-info" / "METADATA").write_text("")
        if raises:
            monkeypatch.setattr(PathDistribution, "metadata", property(_without_metadata))

        assert ProviderInfo("acme", "", "") in providers()
        assert raises or ProviderInfo("power", "acme-power", "1.0") in providers()
        assert load("acme").name == "acme"

    def test_what_is_installed_later_is_seen(self, install: Install, source: Source) -> None:
        """``pip install`` in a running notebook needs no restart."""
        names = [each.name for each in providers()]
        install("openpower-acme", "acme_plugin", source("acme"))

        assert "acme" not in names
        assert "acme" in [each.name for each in providers()]

    def test_the_first_party_providers_are_listed(self) -> None:
        """Editable installs count as well."""
        assert {"alphaess", "amber", "demo", "goodwe"} <= {each.name for each in providers()}

    def test_the_first_on_the_path_hides_the_others(
        self, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A distribution that is there twice counts once, as Python would import it."""
        site = install("openpower-acme", "acme_plugin", "", version="2.0")
        old = tmp_path / "old"
        old.mkdir()
        (site / "openpower_acme-2.0.dist-info").rename(old / "Openpower.Acme-1.0.dist-info")
        install("openpower-acme", "acme_plugin", "", version="2.0")
        monkeypatch.setattr(sys, "path", [*sys.path, str(old)])

        assert [each.version for each in providers() if each.name == "acme"] == ["2.0"]

    def test_a_zip_file_on_the_path_is_searched(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Applications packed into one file find their providers."""
        archive = tmp_path / "app.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("openpower_acme-1.0.dist-info/METADATA", "Name: openpower-acme\nVersion: 1.0\n")
            file.writestr(
                "openpower_acme-1.0.dist-info/entry_points.txt", "[openpower.providers]\nacme = acme_plugin\n"
            )
        monkeypatch.syspath_prepend(str(archive))

        assert ProviderInfo("acme", "openpower-acme", "1.0") in providers()

    @pytest.mark.parametrize("missing", ["/no/such/folder", ""])
    def test_odd_entries_of_the_path_do_no_harm(self, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """A folder that is gone, and the working directory."""
        monkeypatch.setattr(sys, "path", [missing, *sys.path])

        assert providers()


class TestLoading:
    def test_a_working_provider_connects_by_name(self, install: Install, source: Source) -> None:
        """An entry point and a specification are all it takes."""
        install("openpower-acme", "acme_plugin", source("acme"))

        with connect("acme") as home:
            assert home.native == "the native API of acme"

    def test_an_entry_point_may_name_an_object(self, install: Install) -> None:
        """``module:attribute`` gives the plugin itself."""
        code = (
            "from openpower_core.provider import ProviderSpec, hookimpl\n"
            "class Plugin:\n"
            "    @hookimpl\n"
            "    def openpower_provider(self):\n"
            "        return ProviderSpec(name='acme', connect=print)\n"
            "plugin = Plugin()\n"
        )
        install("openpower-acme", "acme_plugin:plugin", code)

        assert load("acme").title == "acme"

    def test_comments_extras_and_other_groups_are_left_out(self, install: Install) -> None:
        """Entry points are an INI file with more habits than most."""
        code = (
            "from openpower_core.provider import ProviderSpec, hookimpl\n"
            "class thing:\n"
            "    @hookimpl\n"
            "    def openpower_provider():\n"
            "        return ProviderSpec(name='acme', connect=print)\n"
        )
        site = install("openpower-acme", "acme_plugin", code)
        (site / "openpower_acme-1.0.dist-info" / "entry_points.txt").write_text(
            "; openpower.providers\n[other]\nx = y\n[openpower.providers]\n# no = no\n"
            "acme = acme_plugin : thing [extra]\n\n[another]\nacme = z\n"
        )

        assert load("acme").connect is print

    def test_a_crash_on_import_names_distribution_and_remedy(self, install: Install) -> None:
        """The cause stays attached."""
        install("openpower-acme", "acme_plugin", "1 / 0")

        with pytest.raises(ProviderLoadError, match=r"openpower-acme 1\.0.*pip install") as caught:
            connect("acme")
        assert isinstance(caught.value.__cause__, ZeroDivisionError)

    def test_one_that_exits_on_import_does_not_take_the_program_along(self, install: Install) -> None:
        """``sys.exit`` in a provider's module is a crash like any other."""
        install("openpower-acme", "acme_plugin", "raise SystemExit('no licence')")

        with pytest.raises(ProviderLoadError, match="SystemExit: no licence"):
            connect("acme")

    def test_a_missing_dependency_is_named(self, install: Install) -> None:
        """What to reinstall is the provider, whose dependency is gone."""
        install("openpower-acme", "acme_plugin", "import no_such_module_here")

        with pytest.raises(ProviderLoadError, match="It needs 'no_such_module_here'"):
            connect("acme")

    def test_a_clash_names_both_distributions(self, install: Install, source: Source) -> None:
        """Neither is preferred silently, and neither is imported."""
        install("openpower-acme", "acme_one", source("acme"))
        install("acme-power", "acme_two", source("acme"), version="2.0")

        with pytest.raises(ProviderLoadError, match=r"openpower-acme 1\.0.*uninstall") as caught:
            connect("acme")
        assert "acme-power 2.0" in str(caught.value)
        # Nobody knows which one is meant.
        assert "uninstall the one that you do not want" in str(caught.value.hint)
        assert "pip uninstall" not in str(caught.value.hint)
        assert "openpower-acme 1.0" in str(caught.value.hint)
        assert "acme-power 2.0" in str(caught.value.hint)
        assert not {"acme_one", "acme_two"} & set(sys.modules)

    def test_one_for_a_newer_core_says_to_upgrade_it(self, install: Install, source: Source) -> None:
        """The remedy is the core, not the provider."""
        install("openpower-acme", "acme_plugin", source("acme", ", provider_api=99"))

        with pytest.raises(IncompatibleProvider, match=r"--upgrade './openpower_core'"):
            connect("acme")

    @pytest.mark.parametrize(
        ("code", "complaint"),
        [
            ("", "has no function openpower_provider"),
            (
                "from openpower_core.provider import hookimpl\n@hookimpl\ndef openpower_provider(): return {}\n",
                "instead of a ProviderSpec",
            ),
            (
                "from openpower_core.provider import hookimpl\n@hookimpl\ndef openpower_privider(): return {}\n",
                "openpower_privider",
            ),
        ],
        ids=["no hook", "wrong kind", "misspelt hook"],
    )
    def test_a_plugin_that_gives_no_specification_is_refused(self, install: Install, code: str, complaint: str) -> None:
        """Each mistake has its own words."""
        install("openpower-acme", "acme_plugin", code)

        with pytest.raises(ProviderLoadError, match=complaint):
            connect("acme")

    def test_a_specification_of_another_name_is_refused(self, install: Install, source: Source) -> None:
        """The entry point and the specification have to agree."""
        install("openpower-acme", "acme_plugin", source("zenith"))

        with pytest.raises(ProviderLoadError, match=r"'zenith'.*'acme'"):
            connect("acme")

    def test_a_factory_that_cannot_be_imported_breaks_its_own_connect(self, install: Install, source: Source) -> None:
        """The specification is fine, and what it names is not."""
        code = source("acme").replace("lambda context: Home()", "'acme_factory:connect'")
        install("openpower-acme", "acme_plugin", code, modules={"acme_factory": "1 / 0"})

        with pytest.raises(ProviderLoadError, match="acme_factory:connect"):
            connect("acme")

    def test_broken_ones_leave_the_others_working(self, install: Install, source: Source) -> None:
        """Broken, incompatible, clashing and crashing together: each fails only its own connect."""
        install("openpower-good", "good_plugin", source("good"), name="good")
        install("openpower-crash", "crash_plugin", "1 / 0", name="crash")
        install("openpower-empty", "empty_plugin", "", name="empty")
        install("openpower-new", "new_plugin", source("new", ", provider_api=99"), name="new")
        install("openpower-twin", "twin_one", source("twin"), name="twin")
        install("twin-power", "twin_two", source("twin"), name="twin")

        for name in ("crash", "empty", "new", "twin"):
            assert name in [each.name for each in providers()]
            with pytest.raises((ProviderLoadError, IncompatibleProvider)):
                connect(name)
        with connect("good") as home:
            assert home.devices() == []


class TestUnknown:
    def test_a_misspelt_name_is_answered_with_the_nearest(self) -> None:
        """And with what is installed."""
        with pytest.raises(UnknownProvider, match=r"installed are .*amber.*mean 'alphaess'"):
            connect("alphaes")

    @pytest.mark.parametrize("name", ["alphaesss", "sungrow", "x"])
    def test_no_package_is_suggested_that_may_not_exist(self, name: str) -> None:
        """Whoever registers a misspelt name at the package index would be installed."""
        with pytest.raises(UnknownProvider) as caught:
            connect(name)
        assert "pip install" not in str(caught.value)
        assert f"openpower-{name}" not in str(caught.value)

    def test_an_absent_first_party_provider_says_how_to_install_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The line for a checkout is complete, extra included: the package index does not have it before 0.2.0."""
        monkeypatch.setattr(sys, "path", [])

        with pytest.raises(UnknownProvider, match=r"pip install './providers/goodwe\[local\]'"):
            connect("goodwe-local")
        for name in loading._OWN:
            with pytest.raises(UnknownProvider, match=r"pip install '\./(providers/\w+)[^']*'") as caught:
                connect(name)
            folder = str(caught.value.hint).partition("'./")[2].partition("'")[0].partition("[")[0]
            assert (ROOT / folder / "pyproject.toml").exists()


class TestRegistered:
    def test_it_is_loaded_and_listed(self, spec: ProviderSpec) -> None:
        """Notebooks and tests need no distribution."""
        assert load("acme") is spec
        assert ProviderInfo("acme", "(registered)", "") in providers()

    def test_it_goes_before_an_installed_one(self, spec: ProviderSpec, install: Install) -> None:
        """So that a provider under repair can be tried out."""
        install("openpower-acme", "acme_plugin", "1 / 0")

        assert load("acme") is spec


class TestSpec:
    def test_a_keyword_used_twice_is_refused(self) -> None:
        """Aliases count, and so do the options that core takes."""
        with pytest.raises(InvalidValue, match="'tz' twice"):
            ProviderSpec(name="acme", connect=print, options=(Option("zone", aliases=("tz",)),))

    def test_one_without_a_factory_is_refused(self) -> None:
        """There would be nothing to call."""
        with pytest.raises(InvalidValue, match="has no factory"):
            ProviderSpec(name="acme")
