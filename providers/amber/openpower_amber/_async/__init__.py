"""Amber for asyncio: the native client, the retailer, and the factory that ``connect_async`` calls."""
