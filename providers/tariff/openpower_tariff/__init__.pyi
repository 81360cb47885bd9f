from openpower_tariff._async.client import AsyncTariffBook as AsyncTariffBook
from openpower_tariff._sync.client import TariffBook as TariffBook
from openpower_tariff.models import (
    DemandWindow as DemandWindow,
    Holidays as Holidays,
    Observed as Observed,
    Rates as Rates,
    Rule as Rule,
    SeasonalTier as SeasonalTier,
    TariffDocument as TariffDocument,
    Version as Version,
)
