"""Mistakes in what ``openpower new-provider`` writes: an inverter, a battery with a reserve, and a meter."""

from __future__ import annotations

from functools import partial

from mutants import TEMPLATE, Mutant

_acme = partial(Mutant, of=TEMPLATE)


def _reads(role: str, change: str) -> dict[str, str]:
    """A mapping of readings, with some fields changed."""
    return {
        "mapping.py": f"""\
from attrs import evolve
_right = to_{role}

def to_{role}(*arguments):
    reading = _right(*arguments)
    return evolve(reading, {change})
"""
    }


def _fetches(max_age: str) -> dict[str, str]:
    """A fetch that takes max_age for another one."""
    return {
        "_async/devices.py": f"""\
class _Careless(core.AsyncSharedFetch):
    async def get(self, max_age=None):
        return await super().get({max_age})

class AsyncHome(AsyncHome):
    def share(self, fetch, *, max_age):
        if fetch not in self._shared:
            self._shared[fetch] = _Careless(fetch, max_age=core.span(max_age, "max_age"), clock=self.context.clock)
        return self._shared[fetch]
"""
    }


def _connects(code: str) -> dict[str, str]:
    """A factory that does something else first."""
    return {
        "_async/devices.py": f"""\
import contextlib, logging, urllib.request
_connect = connect

def urlopen(url):
    with contextlib.suppress(OSError):
        urllib.request.urlopen(url).close()

def connect(context, *, token):
    {code}
    return _connect(context, token=token)
"""
    }


_WRITES_AT_ONCE = {
    "_async/devices.py": """\
class _Battery(core.AsyncBaseBattery):
    async def apply_settings(self, *, reserve_soc_pct, **how):
        await self.native.set_reserve(reserve_soc_pct)
        return await super().apply_settings(reserve_soc_pct=reserve_soc_pct, **how)

class AsyncHome(AsyncHome):
    async def discover(self):
        devices = await super().discover()
        devices[1].__class__ = _Battery
        return devices
"""
}


MUTANTS = (
    # Signs and units
    _acme(
        "flipped grid",
        "readings.agree_with_the_house",
        "The sign is wrong",
        _reads("meter", "power_w=-reading.power_w"),
    ),
    _acme(
        "flipped battery",
        "signs.soc_follows_power",
        "wrong sign: + discharging",
        _reads("battery", "power_w=-reading.power_w"),
    ),
    _acme(
        "flipped PV", "readings.nothing_is_refused", "pv_w of the inverter", _reads("inverter", "pv_w=-reading.pv_w")
    ),
    _acme(
        "flipped load",
        "readings.nothing_is_refused",
        "load_w of the inverter",
        _reads("inverter", "load_w=-reading.load_w"),
    ),
    _acme(
        "kW as W", "readings.agree_with_the_house", "That looks like kW", _reads("inverter", "pv_w=reading.pv_w / 1000")
    ),
    _acme(
        "percentage as a fraction",
        "readings.agree_with_the_house",
        "That looks like a fraction",
        _reads("battery", "soc_pct=reading.soc_pct / 100"),
    ),
    _acme(
        "load left out", "signs.balance_closes", "The balance does not close", _reads("inverter", "load_w=reading.pv_w")
    ),
    _acme("no raw record", "readings.hold_the_raw_record", "has no raw record", _reads("meter", "raw=None")),
    # How old and how large
    _acme("ignores max_age", "readings.honour_max_age", "max_age=0, but no request was sent", _fetches("None")),
    _acme(
        "knows only a max_age of zero",
        "readings.max_age_bounds_the_age",
        "Pass max_age on",
        _fetches("86_400 if max_age else max_age"),
    ),
    _acme(
        "one device ignores max_age",
        "readings.max_age_bounds_the_age",
        "the meter's figures arrived",
        {
            "_async/devices.py": """\
_right, _first = to_meter, []

def to_meter(fetched):
    _first.append(fetched)
    return _right(_first[0])
"""
        },
    ),
    _acme(
        "cached marked live",
        "readings.cached_is_marked",
        "given from memory and marked live",
        _reads("battery", "stamp=evolve(reading.stamp, quality='live')"),
    ),
    _acme(
        "cached as if it had just arrived",
        "readings.cached_is_marked",
        "is given as one that arrived now",
        {
            "_async/devices.py": """\
from attrs import evolve
_connect, _right = connect, to_meter

def connect(context, **credentials):
    global _clock
    _clock = context.clock
    return _connect(context, **credentials)

def to_meter(fetched):
    return _right(evolve(fetched, received_at=_clock.now()))
"""
        },
    ),
    _acme(
        "measured when it arrived",
        "time.measured_is_not_received",
        "that is when the response arrived",
        _reads("meter", "stamp=evolve(reading.stamp, measured_at=reading.stamp.received_at)"),
    ),
    # Writes
    _acme(
        "a write taken for a read",
        "writes.answer_lost",
        "it was sent again",
        {"_async/client.py": (', json={"reserve": reserve}, write=True', ', json={"reserve": reserve}')},
    ),
    _acme("a dry run that writes", "writes.dry_run_sends_nothing", "dry_run=True) wrote", _WRITES_AT_ONCE),
    _acme(
        "guards are not asked",
        "writes.guards_are_asked",
        "A guard refused every write, but something was written",
        _WRITES_AT_ONCE,
    ),
    _acme(
        "the wrong endpoint is read back",
        "writes.read_back",
        "reading back does not show it",
        {
            "_async/control.py": (
                "return (await api.get_settings()).reserve",
                "return (await api.get_settings()).reserve // 10",
            )
        },
    ),
    # Secrets
    _acme(
        "token in the log",
        "secrets.not_in_logs",
        "The token appears in the log",
        _connects('logging.getLogger("openpower.acme").debug("signed in with %s", token.reveal())'),
    ),
    _acme(
        "token in repr",
        "secrets.not_in_repr",
        "The token appears in a repr",
        _connects("AsyncAcme.__repr__ = lambda _self: f'<Acme {token.reveal()}>'"),
    ),
    _acme(
        "token in an error",
        "secrets.not_in_errors",
        "The token appears in an error",
        {
            "_async/devices.py": [
                ("secrets=[token])", "check=_checking(token))"),
                """\
def _checking(token):
    def check(answer, request):
        if answer.status == 400:
            raise core.BadResponse(f"Acme does not answer {token.reveal()}.")
        core.check_status(answer, request)

    return check
""",
            ]
        },
    ),
    # Capabilities
    _acme(
        "limits are not told",
        "capabilities.explain_themselves",
        "do not say how often",
        {"mapping.py": (", writes=LIMITS\n", "\n")},
    ),
    # Connecting
    _acme(
        "imports loudly",
        "loading.imports_quietly",
        "network: socket.connect",
        {
            "_async/devices.py": """\
import contextlib, socket

with contextlib.suppress(OSError), socket.socket() as _early:
    _early.settimeout(0.2)
    _early.connect(("127.0.0.1", 9))
"""
        },
    ),
    _acme("plugin imports the HTTP client", "loading.plugin_is_light", "loads", {"plugin.py": "import httpx\n"}),
    _acme(
        "an unclosed client",
        "connecting.leaves_nothing_open",
        "socket(s) open",
        {
            "_async/devices.py": """\
_open = []

class AsyncHome(AsyncHome):
    async def aclose(self):
        _open.append(self.native)
"""
        },
    ),
    _acme(
        "ids of its own",
        "connecting.finds_devices",
        "does not have the form <serial>/<role>",
        {"mapping.py": ('f"{sn}/meter"', 'f"{sn}/grid"')},
    ),
    _acme(
        "asks while connecting",
        "connecting.asks_nothing_yet",
        "connect() sent a request",
        _connects("urlopen(context.url('https://api.acme.example/v1').replace('/v1', '/favicon.ico'))"),
    ),
    # Faults
    _acme(
        "a redirect is followed",
        "faults.redirect_is_not_followed",
        "was followed",
        {
            "_async/devices.py": """\
import httpx
from attrs import evolve

class _Following(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request):
        async with httpx.AsyncHTTPTransport() as network:
            answer = await network.handle_async_request(request)
            body = await answer.aread()
        if answer.is_redirect:
            headers = {**request.headers, "host": "there"}
            return await self.handle_async_request(httpx.Request(request.method, answer.headers["Location"], headers=headers))
        return httpx.Response(answer.status_code, content=body)

_connect = connect

def connect(context, **credentials):
    return _connect(evolve(context, transport=_Following()), **credentials)
"""
        },
    ),
    _acme(
        "no timeout",
        "faults.silence",
        "should be Timeout",
        {
            "_async/devices.py": """\
from attrs import evolve
_connect = connect

def connect(context, **credentials):
    return _connect(evolve(context, timeout=60.0), **credentials)
"""
        },
    ),
    # Both flavours
    _acme(
        "the flavours differ",
        "parity.same_figures",
        "in the blocking flavour and",
        {
            "_sync/devices.py": """\
from attrs import evolve
_right = to_meter

def to_meter(fetched):
    return evolve(_right(fetched), power_w=1.0)
"""
        },
    ),
    _acme(
        "a stale twin",
        "parity.twins_are_fresh",
        "_sync/control.py is not what the generator makes of",
        {"_sync/control.py": ("step=5", "step=1")},
    ),
)
