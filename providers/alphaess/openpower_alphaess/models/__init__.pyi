from openpower_alphaess.models.live import *
from openpower_alphaess.models.plant import *
from openpower_alphaess.models.settings import *
