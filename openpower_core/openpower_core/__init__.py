"""The core of openpower: vocabulary, registry, HTTP client and write pipeline. Knows no vendor."""
