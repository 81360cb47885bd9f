"""What the emulators of vendors' APIs share: responding to HTTP, serving on loopback, failing on request.

It needs the extra ``emulator``. An emulator derives :class:`HttpEmulator` and has ``serve = server_of(Emulator)``.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
