# Generated from __init__.py by openpower_testing; do not edit.
"""The day-ahead market for asyncio: the native client, the retailer, and the factory that ``connect`` calls."""
