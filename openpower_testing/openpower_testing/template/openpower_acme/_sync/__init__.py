# Generated from __init__.py by openpower_testing; do not edit.
"""Everything that does I/O with Acme, for asyncio."""
