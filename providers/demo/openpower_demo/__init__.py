"""A simulated home for openpower: every device, every mode, no account."""
