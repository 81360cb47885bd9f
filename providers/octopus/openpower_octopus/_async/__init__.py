"""Octopus Energy for asyncio: the native client, the retailers and the backend."""
