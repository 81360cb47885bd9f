"""Amber's API, as far as it is no I/O: requests, errors, limits and pace."""
