# Generated from __init__.py by openpower_testing; do not edit.
"""The local network for asyncio."""
