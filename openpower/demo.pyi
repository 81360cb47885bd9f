from openpower_demo import *
