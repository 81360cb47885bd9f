"""Mistakes in the provider of the test support: history, counters, wall-clock times, export prices, its own refusals."""

from __future__ import annotations

from functools import partial

from mutants import POWER, Mutant

_power = partial(Mutant, of=POWER)


def _behaves(code: str) -> dict[str, str]:
    """Methods of ``Behaviour`` that replace its own."""
    return {"behaviour.py": f"class Behaviour(Behaviour):\n{code}"}


MUTANTS = (
    # Signs, units, times
    _power(
        "flipped battery, no house needed",
        "signs.balance_closes",
        "The battery has the wrong sign",
        {"behaviour.py": ("None if now.battery is None else -now.battery", "now.battery")},
    ),
    _power(
        "flipped grid in the history",
        "signs.history_balances",
        "The grid has the wrong sign",
        {
            "behaviour.py": (
                "None if now.grid is None else -now.grid",
                "now.grid if isinstance(now, Row) else -now.grid",
            )
        },
    ),
    _power(
        "naive time",
        "readings.stamped_in_utc",
        "has no time zone",
        {"behaviour.py": (".replace(tzinfo=zone).astimezone(UTC)\n        except", "\n        except")},
    ),
    _power(
        "local time as UTC",
        "time.measured_now",
        "wall-clock time was taken as UTC",
        {"behaviour.py": ("fromisoformat(text).replace(tzinfo=zone)", "fromisoformat(text).replace(tzinfo=UTC)")},
    ),
    _power(
        "the host's zone",
        "time.host_zone_does_not_matter",
        "In other zones of the host",
        {"behaviour.py": ("fromisoformat(text).replace(tzinfo=zone)", "fromisoformat(text)")},
    ),
    _power(
        "loses the hour of summer time",
        "time.no_hour_lost_or_doubled",
        "the history lacks hour(s)",
        _behaves("""\
    def row_time(self, day, minute, zone):
        wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
        return wall.replace(tzinfo=zone).astimezone(UTC)
"""),
    ),
    _power(
        "unsorted history",
        "time.history_is_in_range",
        "The history is not in time order",
        {
            "_async.py": (
                "            day += timedelta(days=1)\n        return found",
                "            day += timedelta(days=1)\n        return found[::-1]",
            )
        },
    ),
    _power(
        "duplicate record in the history",
        "time.history_is_in_range",
        "or has a time twice",
        {
            "_async.py": (
                "            day += timedelta(days=1)\n        return found",
                "            day += timedelta(days=1)\n        return found[:1] + found",
            )
        },
    ),
    _power(
        "history beyond its end",
        "time.history_is_in_range",
        "Intervals are [start, end)",
        {"_async.py": ("if start <= at < end:", "if start <= at <= end:")},
    ),
    _power(
        "0 for null",
        "readings.unknown_is_none",
        "None means unknown, and 0 means zero",
        {"behaviour.py": ('"""A figure."""\n        return value', "return value or 0.0")},
    ),
    _power(
        "0 for what is missing",
        "data.missing_fields",
        "leaves out $.data.pv",
        {"behaviour.py": ('"""A figure."""\n        return value', "return value or 0.0")},
    ),
    _power(
        "percentage as a fraction, no house needed",
        "readings.are_plausible",
        "that is a fraction, not a percentage",
        _behaves("""\
    def soc_pct(self, now):
        return None if now.soc is None else now.soc / 100
"""),
    ),
    _power(
        "counters that fall",
        "readings.counters_only_grow",
        "total_kwh fell from",
        _behaves("""\
    def imported(self, now):
        return EnergyCounter(total_kwh=20_000 + (now.imported or 0) - (now.exported or 0))
"""),
    ),
    _power(
        "import counted as export",
        "readings.counters_match_power",
        "import_energy.total_kwh of the meter counts",
        {"behaviour.py": ("EnergyCounter(total_kwh=now.imported)", "EnergyCounter(total_kwh=now.exported)")},
    ),
    _power(
        "Wh as kWh",
        "readings.counters_match_power",
        "That looks like Wh; counters are in kWh",
        _behaves("""\
    def imported(self, now):
        return EnergyCounter(total_kwh=None if now.imported is None else now.imported * 1000)
"""),
    ),
    _power(
        "capacity in Wh",
        "readings.sizes_match_the_house",
        "Was Wh taken for kWh?",
        {"_async.py": ("capacity_kwh=box.battery_kwh", "capacity_kwh=box.battery_kwh and box.battery_kwh * 1000")},
    ),
    _power(
        "PV in the dark",
        "signs.no_pv_at_night",
        "in the dark",
        {"behaviour.py": ("return self.number(now.pv)", "return None if now.pv is None else now.pv + 60")},
    ),
    # Writes
    _power(
        "a write retried by hand",
        "writes.answer_lost",
        "it was sent again",
        {"behaviour.py": ("retries_by_hand = False", "retries_by_hand = True")},
    ),
    _power(
        "not idempotent",
        "writes.twice_sends_once",
        "a second time was sent again",
        {"behaviour.py": ('"""The reserve as it is read."""\n        return percent', "return percent - 0.5")},
    ),
    _power(
        "reads back what it sent",
        "writes.accepted_but_ignored",
        "the receipt says CONFIRMED",
        {"behaviour.py": ('vendor each time."""\n        return True', 'vendor each time."""\n        return False')},
    ),
    # Secrets
    _power(
        "token in a variable of a frame",
        "secrets.not_in_errors",
        "The token appears in a variable of a frame",
        {
            "_async.py": (
                '        answer = await self._http.request("GET"',
                '        signed_with = self.behaviour.token.reveal()\n        answer = await self._http.request("GET"',
            )
        },
    ),
    # Capabilities
    _power(
        "FULL that is unsupported",
        "capabilities.what_is_full_works",
        "is FULL, but calling it raises Unsupported",
        {
            "behaviour.py": (
                '"inverter": (Feature.READ, Feature.HISTORY)',
                '"inverter": (Feature.READ, Feature.HISTORY, Feature.EXPORT_LIMIT)',
            )
        },
    ),
    _power(
        "unsupported that asks",
        "capabilities.what_is_missing_sends_nothing",
        "calling it sent a request",
        {
            "behaviour.py": ("Feature.HISTORY, Feature.SETTINGS, Feature.RESERVE_SOC)", "Feature.HISTORY)"),
            "_async.py": (
                "        return devices\n",
                "        devices[1].settings = self._api.get_reserve\n        return devices\n",
            ),
        },
    ),
    # Faults
    _power(
        "swallows the refusal",
        "faults.vendor_says_no",
        "it should be AuthenticationFailed",
        _behaves("""\
    def check(self, answer, request):
        check_status(answer, request)
"""),
    ),
    _power(
        "old data for an HTML page",
        "faults.html",
        "is taken for a response",
        _behaves("""\
    last = {}

    def body(self, answer):
        try:
            self.last[answer.url] = super().body(answer)
        except BadResponse:
            if answer.url not in self.last:
                raise
        return self.last[answer.url]

    def check(self, answer, request):
        check_status(answer, request)
"""),
    ),
    _power(
        "stays broken",
        "campaign.faults",
        "the connection stays broken: AuthenticationFailed",
        _behaves("""\
    refused = False

    def check(self, answer, request):
        self.refused = self.refused or answer.status == 401
        if self.refused:
            raise AuthenticationFailed("Acme refuses the token.")
        super().check(answer, request)
"""),
    ),
    _power(
        "an unknown word crashes",
        "data.unknown_words",
        "An unknown word in $.data.status breaks the response",
        _behaves("""\
    def status(self, word):
        return {None: InverterStatus.UNKNOWN, "normal": InverterStatus.RUNNING}[word]
"""),
    ),
    # Retailers
    _power(
        "export costs",
        "retailer.export_pays",
        "Export prices fall when import prices rise",
        {"behaviour.py": ("        return -money", "        return money")},
    ),
    _power(
        "cents as the major unit",
        "retailer.money_per_kwh",
        "Cents were taken for the major unit",
        {"behaviour.py": ("Decimal(str(cents)) / 100", "Decimal(str(cents))")},
    ),
    _power(
        "low above high",
        "retailer.bands_are_in_order",
        "low is",
        {"behaviour.py": ("        return low, high", "        return high, low")},
    ),
    _power(
        "a second short",
        "retailer.grid_has_no_gaps",
        "and the next begins at",
        {"behaviour.py": ("start + timedelta(minutes=minutes)\n", "start + timedelta(minutes=minutes, seconds=-1)\n")},
    ),
    _power(
        "a forecast called settled",
        "retailer.forecasts_lie_ahead",
        "is marked settled",
        {"behaviour.py": ("else PriceKind.FORECAST", "else PriceKind.SETTLED")},
    ),
)
