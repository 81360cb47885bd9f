# Generated from __init__.py by openpower_testing; do not edit.
"""What talks to Acme, for asyncio."""
