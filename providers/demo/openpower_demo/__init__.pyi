from openpower_demo._async.home import AsyncDemoHome as AsyncDemoHome
from openpower_demo._sync.home import DemoHome as DemoHome
from openpower_demo.current import (
    Charging as Charging,
    Currents as Currents,
    ExportLimit as ExportLimit,
    Program as Program,
)
