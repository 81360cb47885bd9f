"""GoodWe for openpower: Open API, SEMS+ and the local network."""
