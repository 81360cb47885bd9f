"""What ``deploy/`` offers is true: the unit, the image, the compose file and the dashboard fit the hub as it is."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from openpower_hub.config_file import read_config
from openpower_hub.figures import FIGURES
from openpower_hub.prometheus import HubCollector, metric_name

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "systemd/openpower.service"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def test_the_unit_is_the_one_of_the_page() -> None:
    """Whoever copies it from the documentation gets the same."""
    page = (ROOT / "docs/how-to/systemd.md").read_text(encoding="utf-8")

    assert f"```ini\n{UNIT.read_text(encoding='utf-8')}```" in page


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """Every key is known and the command is there; where there is no systemd, at least its form is right."""
    text = UNIT.read_text(encoding="utf-8")
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(text)
    assert parser["Service"]["ExecStart"].split()[1:] == ["run"]
    if shutil.which("systemd-analyze") is None:
        return
    unit = tmp_path / UNIT.name
    command = Path(sys.executable).with_name("openpower")
    unit.write_text(text.replace("%h/.local/bin/openpower", str(command)), encoding="utf-8")

    verified = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        timeout=60,
    )

    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_configuration_is_valid() -> None:
    """It is read by the hub itself, and tokens, broker and addresses agree with the compose file."""
    config = read_config(DEPLOY / "openpower.toml")

    assert config.mqtt is not None
    assert config.mqtt.host in COMPOSE["services"]
    assert config.http.host == "0.0.0.0"
    assert config.http.tokens["prometheus"].rights == ("read",)
    assert COMPOSE["services"]["hub"]["ports"] == [f"{config.http.port}:{config.http.port}"]


def test_every_file_that_compose_mounts_is_here_or_described() -> None:
    """What is not in the repository is a secret, and the instructions make it."""
    instructions = (DEPLOY / "README.md").read_text(encoding="utf-8")
    volumes = [volume for service in COMPOSE["services"].values() for volume in service.get("volumes", [])]
    files = [volume.split(":")[0] for volume in volumes if volume.startswith("./")]
    files += [secret["file"] for secret in COMPOSE["secrets"].values()]
    files += [service["env_file"] for service in COMPOSE["services"].values() if "env_file" in service]
    named = {volume.split(":")[0] for volume in volumes if not volume.startswith("./")}

    for file in files:
        if file.startswith("./secrets/"):
            assert file.removeprefix("./") in instructions, file
        else:
            assert (DEPLOY / file).exists(), file
    assert named == set(COMPOSE["volumes"])


def test_the_image_has_what_it_names() -> None:
    """Its extras and its command exist, and nothing secret is copied into it."""
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    extras = re.search(r"openpower\[([a-z,]+)\]", dockerfile)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert extras is not None
    assert set(extras[1].split(",")) <= set(project["optional-dependencies"])
    assert 'CMD ["run", "--config", "/etc/openpower/openpower.toml"]' in dockerfile
    assert "USER openpower" in dockerfile
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert {"deploy/secrets", "**/.git"} <= set(ignored)


def test_the_broker_has_a_user_for_the_hub() -> None:
    """The name in the hub's configuration is one that the broker's rights know."""
    config = read_config(DEPLOY / "openpower.toml")
    acl = (DEPLOY / "mosquitto/acl").read_text(encoding="utf-8")

    assert config.mqtt is not None
    assert f"user {config.mqtt.username}\n" in acl
    assert "allow_anonymous false" in (DEPLOY / "mosquitto/mosquitto.conf").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", sorted(DEPLOY.rglob("*.y*ml"), key=str), ids=lambda file: file.name)
def test_yaml_is_valid(file: Path) -> None:
    """Also what only Grafana and Prometheus read."""
    assert isinstance(yaml.safe_load(file.read_text(encoding="utf-8")), dict)


def test_every_metric_of_the_dashboard_exists() -> None:
    """A renamed metric would leave a panel empty, and nobody would be told."""
    dashboard = json.loads((DEPLOY / "grafana/dashboards/home.json").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries += [each["query"]["query"] for each in dashboard["templating"]["list"]]
    asked = {name for query in queries for name in re.findall(r"openpower_\w+", query)}
    source = Path(sys.modules[HubCollector.__module__].__file__ or "").read_text(encoding="utf-8")
    names = [metric_name(figure) for figure in FIGURES]
    known = {*names, *(f"{name}_total" for name in names), *re.findall(r'"(openpower_\w+)"', source)}

    assert asked
    assert asked <= known


def test_the_dashboard_is_one_that_grafana_reads() -> None:
    """Panels have numbers of their own, do not overlap, and ask the source that is provisioned."""
    dashboard = json.loads((DEPLOY / "grafana/dashboards/home.json").read_text(encoding="utf-8"))
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8"))
    cells: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        own = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not own & cells, panel["title"]
        cells |= own
        assert panel["datasource"]["uid"] == source["datasources"][0]["uid"]

    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert max(x for x, _ in cells) < 24
