"""The simulated home for asyncio."""
