"""The core of openpower: vocabulary, registry, HTTP door, write pipeline and simulation. Knows no vendor."""
