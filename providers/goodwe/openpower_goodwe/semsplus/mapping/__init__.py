"""SEMS+'s fields mapped to openpower's vocabulary; pure."""
