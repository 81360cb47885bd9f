"""Nordlys Kraft for openpower."""
