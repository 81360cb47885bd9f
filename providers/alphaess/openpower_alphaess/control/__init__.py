"""Control without I/O: from what a user wants to what AlphaESS should store, and back.

``week`` is a week in the vendor's time steps; ``legacy`` and ``periodic`` are the two pairs of
settings, of which a system obeys one; ``planning`` turns schedules, settings and commands into new contents of that
pair. ``charger`` does the same for EV chargers, and ``limits`` says how often something may be written.
"""
