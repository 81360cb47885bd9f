"""The way to an inverter: sockets, the library's protocol objects, the session with its lock, and the loops that all run on."""
