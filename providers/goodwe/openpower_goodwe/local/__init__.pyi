from openpower_goodwe.local._async.client import AsyncGoodWeLocal as AsyncGoodWeLocal
from openpower_goodwe.local._sync.client import GoodWeLocal as GoodWeLocal
from openpower_goodwe.local.exchange import Exchange as Exchange
from openpower_goodwe.local.facts import Facts as Facts, Family as Family
from openpower_goodwe.local.models import RuntimeData as RuntimeData
from openpower_goodwe.local.searching import Found as Found, search as search, search_async as search_async
