# Generated from __init__.py by openpower_testing; do not edit.
"""AlphaESS for asyncio: the native client, and the devices behind a connection."""
