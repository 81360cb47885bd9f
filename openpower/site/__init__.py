"""A home that several vendors share: their devices together, and one look at everything."""

from openpower.site._async import AsyncSite
from openpower.site._sync import Site
from openpower.site.snapshot import Failure, Snapshot

__all__ = ["AsyncSite", "Failure", "Site", "Snapshot"]
