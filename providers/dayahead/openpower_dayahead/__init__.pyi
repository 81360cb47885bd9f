from openpower_dayahead._async.client import AsyncDayAhead as AsyncDayAhead
from openpower_dayahead._sync.client import DayAhead as DayAhead
from openpower_dayahead.areas import AREAS as AREAS, Area as Area
from openpower_dayahead.charges import Charge as Charge
from openpower_dayahead.client import Source as Source
from openpower_dayahead.models import *
