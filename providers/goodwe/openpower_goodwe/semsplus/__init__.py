"""SEMS+: the service behind GoodWe's app and portal, for any normal account; unofficial."""
