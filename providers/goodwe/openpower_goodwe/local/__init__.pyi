from openpower_goodwe.local._async.client import AsyncGoodWeLocal as AsyncGoodWeLocal
from openpower_goodwe.local._sync.client import GoodWeLocal as GoodWeLocal
from openpower_goodwe.local.client.transport import (
    CorruptAnswer as CorruptAnswer,
    Exchange as Exchange,
    Found as Found,
    NoAnswer as NoAnswer,
    discover as discover,
    discover_async as discover_async,
    search as search,
    search_async as search_async,
)
from openpower_goodwe.local.models import Facts as Facts, Family as Family, RuntimeData as RuntimeData
