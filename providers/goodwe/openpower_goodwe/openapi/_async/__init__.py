"""The Open API for asyncio; the synchronous twin is generated from it."""
