from openpower_dayahead import *
