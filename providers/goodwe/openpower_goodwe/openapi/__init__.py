"""GoodWe's official Open API, for organisations; no real answer of it is public, so everything here is unproven."""
