"""Amber Electric for openpower: prices, usage and renewables, native and vendor-agnostic."""
