from openpower_alphaess._async.client import AsyncAlphaESS as AsyncAlphaESS
from openpower_alphaess._sync.client import AlphaESS as AlphaESS
from openpower_alphaess.client.errors import AlreadyBound as AlreadyBound
from openpower_alphaess.models import *
