"""The day-ahead market for asyncio: the native client, the retailer, and the factory that ``connect_async`` calls."""
