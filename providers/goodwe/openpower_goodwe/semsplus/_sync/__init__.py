# Generated from __init__.py by openpower_testing; do not edit.
"""SEMS+ for asyncio; the synchronous twin is generated from it."""
