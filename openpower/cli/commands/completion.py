"""``openpower completion``: commands and options completed by the shell."""

from __future__ import annotations

import sys
from typing import Literal

__all__ = ["completion"]


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print the completion for a shell, to be sourced.

    For bash: openpower completion bash > ~/.local/share/bash-completion/completions/openpower

    Args:
        shell: bash, zsh or fish.
    """
    from openpower.cli.app import app

    sys.stdout.write(app.generate_completion(prog_name="openpower", shell=shell))
