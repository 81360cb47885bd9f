from openpower.site._async import AsyncSite as AsyncSite
from openpower.site._sync import Site as Site
from openpower.site.snapshot import Failure as Failure, Snapshot as Snapshot
