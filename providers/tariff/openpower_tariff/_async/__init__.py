"""The native API and the retailer, in both flavours."""
