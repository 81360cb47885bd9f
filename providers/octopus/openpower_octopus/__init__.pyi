from openpower_octopus._async.client import AsyncOctopus as AsyncOctopus
from openpower_octopus._sync.client import Octopus as Octopus
from openpower_octopus.client import TariffCode as TariffCode
from openpower_octopus.mapping.metering import kwh_of as kwh_of
from openpower_octopus.models import *
