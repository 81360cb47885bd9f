"""The signature, against the developer portal's own example."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from openpower_alphaess.client.protocol import HeaderSigner, signature
from openpower_core.secrets import Secret

APP_ID = "alphaef7900ee81dbbce9"
APP_SECRET = "c2d2ef6c047c49678e2c332fb2d74c3c"
SIGN = (
    "0f023c2287b8f6b21b0994947465f8e9de0e1542567b1735bdc6c427336b9b64"
    "06285cd94f9215c3e9af958df37fb11c2c9fe792713d8afbdb8c463359a1add8"
)


def test_portal_vector() -> None:
    """The portal's appId, appSecret and timeStamp give the portal's sign."""
    assert signature(APP_ID, APP_SECRET, "1676353875") == SIGN


def test_headers_hold_the_seconds_that_were_signed() -> None:
    """Fractions of a second do not come between the header and the digest."""
    now = datetime.fromtimestamp(1676353875.9, tz=UTC)

    headers = HeaderSigner(APP_ID, Secret(APP_SECRET))(cast("Any", None), now)

    assert headers == {"appId": APP_ID, "timeStamp": "1676353875", "sign": SIGN}
