"""``python -m openpower`` is the command ``openpower``."""

from openpower.cli import main

main()
