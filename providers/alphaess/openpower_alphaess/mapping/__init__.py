"""The vendor's words to openpower's, without I/O: signs, units, time zones, and what not to believe."""
