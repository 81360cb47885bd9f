"""The native client without I/O: signing and envelope, the vendor's return codes, and the bodies of writes."""
