"""What the tests of providers build on: servers that fail on request, and the conformance kit."""
