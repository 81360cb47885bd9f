# Generated from __init__.py by openpower_testing; do not edit.
"""The native API and the retailer, in both flavours."""
