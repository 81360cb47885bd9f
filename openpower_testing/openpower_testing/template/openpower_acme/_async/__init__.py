"""What talks to Acme, for asyncio."""
