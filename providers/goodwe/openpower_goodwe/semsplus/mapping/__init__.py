"""SEMS+'s words turned into ours; pure."""
