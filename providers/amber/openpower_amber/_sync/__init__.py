# Generated from __init__.py by openpower_testing; do not edit.
"""Amber for asyncio: the native client, the retailer, and the factory that ``connect`` calls."""
