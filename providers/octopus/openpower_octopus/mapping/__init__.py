"""Octopus's records in openpower's words; pure."""
