# Generated from __init__.py by openpower_testing; do not edit.
"""The simulated home for asyncio."""
