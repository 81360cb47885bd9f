from openpower_tariff import *
