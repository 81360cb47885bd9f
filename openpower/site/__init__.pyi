from openpower.site._async import AsyncSite as AsyncSite
from openpower.site._sync import Site as Site
from openpower.site.snapshot import Snapshot as Snapshot
from openpower_core.devices.info import Failure as Failure
