from openpower_goodwe.local import AsyncGoodWeLocal as AsyncGoodWeLocal, GoodWeLocal as GoodWeLocal
from openpower_goodwe.openapi._async.client import AsyncGoodWeOpenAPI as AsyncGoodWeOpenAPI
from openpower_goodwe.openapi._sync.client import GoodWeOpenAPI as GoodWeOpenAPI
from openpower_goodwe.semsplus._async.client import AsyncSemsPlus as AsyncSemsPlus
from openpower_goodwe.semsplus._sync.client import SemsPlus as SemsPlus
