from openpower_core.http._async_client import AsyncHttpClient as AsyncHttpClient
from openpower_core.http._httpx import AsyncTransport as AsyncTransport, Transport as Transport
from openpower_core.http._masking import mask_text as mask_text, mask_url as mask_url
from openpower_core.http._messages import Answer as Answer, Check as Check, Request as Request, Signer as Signer
from openpower_core.http._status import (
    check_status as check_status,
    retry_after as retry_after,
    status_error as status_error,
)
from openpower_core.http._sync_client import HttpClient as HttpClient
from openpower_core.http.limits import Rate as Rate, RateLimiter as RateLimiter
