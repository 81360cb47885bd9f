# Generated from __init__.py by openpower_testing; do not edit.
"""Octopus Energy for asyncio: the native client, the retailers and the backend."""
