from openpower_goodwe import *
