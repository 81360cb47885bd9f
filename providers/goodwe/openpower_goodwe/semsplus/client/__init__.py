"""SEMS+ without I/O: signing in, the envelope with its codes, and what calls take."""
