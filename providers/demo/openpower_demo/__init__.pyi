from openpower_demo._async.client import AsyncDemoHome as AsyncDemoHome
from openpower_demo._sync.client import DemoHome as DemoHome
from openpower_demo.models import (
    Charging as Charging,
    Currents as Currents,
    ExportLimit as ExportLimit,
    Program as Program,
)
