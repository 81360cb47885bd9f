"""AlphaESS for openpower: the Open API, native and vendor-agnostic."""
