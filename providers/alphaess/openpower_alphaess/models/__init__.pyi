from openpower_alphaess.models.power import *
from openpower_alphaess.models.settings import *
from openpower_alphaess.models.systems import *
