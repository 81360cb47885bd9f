"""``python -m openpower.cli`` is the command ``openpower``."""

from openpower.cli import main

main()
