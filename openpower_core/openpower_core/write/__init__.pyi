from openpower_core.write._async_document import (
    AsyncDocument as AsyncDocument,
    AsyncPlannedCall as AsyncPlannedCall,
    AsyncSetting as AsyncSetting,
    AsyncSettings as AsyncSettings,
)
from openpower_core.write._async_native import AsyncNativeGate as AsyncNativeGate
from openpower_core.write._async_writer import AsyncWriter as AsyncWriter
from openpower_core.write._sync_document import (
    Document as Document,
    PlannedCall as PlannedCall,
    Setting as Setting,
    Settings as Settings,
)
from openpower_core.write._sync_native import NativeGate as NativeGate
from openpower_core.write._sync_writer import Writer as Writer
from openpower_core.write.folder import active_commands as active_commands, read_audit as read_audit
from openpower_core.write.request import WriteHooks as WriteHooks
from openpower_core.write.sqlite import MemoryStore as MemoryStore, SQLiteStore as SQLiteStore
from openpower_core.write.store import (
    Change as Change,
    Entry as Entry,
    Holder as Holder,
    Owned as Owned,
    Remembered as Remembered,
    RestorePoint as RestorePoint,
    Sent as Sent,
    Stage as Stage,
    WriteStore as WriteStore,
)
from openpower_core.writes import Draft as Draft, Plan as Plan, Scale as Scale
