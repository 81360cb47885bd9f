"""The devices' protocols in both flavours, and what is told about a device."""
