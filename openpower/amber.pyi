from openpower_amber import *
