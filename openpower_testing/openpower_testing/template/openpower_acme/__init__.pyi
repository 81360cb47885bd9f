from openpower_acme._async.client import AsyncAcme as AsyncAcme
from openpower_acme._sync.client import Acme as Acme
from openpower_acme.models import BoxStatus as BoxStatus
from openpower_acme.models import Settings as Settings
from openpower_acme.models import Status as Status
