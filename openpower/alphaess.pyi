from openpower_alphaess import *
