# Generated from __init__.py by openpower_core's unasync.py; do not edit.
"""The Open API for asyncio; the synchronous twin is generated from it."""
