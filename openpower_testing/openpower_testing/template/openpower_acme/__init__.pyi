from ._async import AsyncAcme as AsyncAcme
from ._sync import Acme as Acme
