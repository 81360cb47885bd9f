"""The house's words into the vocabulary's; pure functions."""
