# Generated from __init__.py by openpower_testing; do not edit.
"""The Open API for asyncio; the synchronous twin is generated from it."""
