"""Fuzzing: whatever comes from outside, nothing but an OpenPowerError comes out of what reads it.

``nox -s fuzz`` runs the properties here, with Hypothesis and, where it is installed, with atheris; pytest replays the
corpus with every run of the tests.
"""
