from openpower_amber._async.client import AsyncAmber as AsyncAmber
from openpower_amber._sync.client import Amber as Amber
from openpower_amber.client.errors import NoLongerKept as NoLongerKept, NotPublishedYet as NotPublishedYet
from openpower_amber.client.ratelimits import RateLimits as RateLimits
from openpower_amber.client.requests import Progress as Progress, nem_date as nem_date, nem_midnight as nem_midnight
from openpower_amber.models import *
