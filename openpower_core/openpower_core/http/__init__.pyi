from openpower_core.http._async_client import AsyncHttpClient as AsyncHttpClient
from openpower_core.http._sync_client import HttpClient as HttpClient
from openpower_core.http.call import (
    Answer as Answer,
    AsyncTransport as AsyncTransport,
    Check as Check,
    Request as Request,
    Signer as Signer,
    Transport as Transport,
    bearer as bearer,
    check_status as check_status,
    retry_after as retry_after,
    status_error as status_error,
)
from openpower_core.limits import Rate as Rate, RateLimiter as RateLimiter
from openpower_core.secrets import mask_text as mask_text, mask_url as mask_url
