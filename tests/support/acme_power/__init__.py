"""A small healthy provider for the tests of the conformance kit: a box with a battery, and its retailer, over HTTP."""
