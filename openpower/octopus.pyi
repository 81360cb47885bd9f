from openpower_octopus import *
