"""The local network for asyncio."""
