# Generated from __init__.py by openpower_core's unasync.py; do not edit.
"""Amber for asyncio: the native client, the retailer, and the factory that ``connect`` calls."""
