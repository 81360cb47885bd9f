"""``openpower run``: keeps homes connected, until ctrl-C."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from openpower import ConfigurationError
from openpower.cli.output import print_lines


def run(*, profile: Annotated[tuple[str, ...], Parameter(negative=())] = (), config: Path | None = None) -> None:
    """Keep homes connected, and show them by a page, HTTP, MQTT, Prometheus and a history.

    Args:
        profile: the profiles of the home (default: those of openpower.toml, else the simulated home).
        config: the configuration file (default: openpower.toml here, or beside the profiles).
    """
    try:
        from openpower_hub import process
        from openpower_hub.config import HubConfig, find_file, read_config
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"the hub is an extra that is not installed (no module named {error.name!r}).",
            hint='Install it with: pip install "openpower[cli,hub]>=0.2"',
        ) from None
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")

    def read() -> HubConfig:
        file = config or (None if profile else find_file())
        return HubConfig.of_profiles(profile) if file is None else read_config(file)

    process.run(read)
    print_lines(["Ended."])
