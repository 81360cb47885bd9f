"""Everything that does I/O with Acme, for asyncio."""
