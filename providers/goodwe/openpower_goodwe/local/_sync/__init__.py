# Generated from __init__.py by openpower_core's unasync.py; do not edit.
"""The local network for asyncio."""
