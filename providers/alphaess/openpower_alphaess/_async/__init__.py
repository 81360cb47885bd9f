"""AlphaESS for asyncio: the native client, and the devices behind a connection."""
