"""Everything that the author of a provider needs, in one place; authors need to know nothing else of the core.

A provider is a module that the entry-point group ``openpower.providers`` names::

    # openpower_acme/plugin.py
    from openpower_core.provider import Credential, ProviderSpec, Role, hookimpl

    @hookimpl
    def openpower_provider() -> ProviderSpec:
        return ProviderSpec(
            name="acme",
            title="Acme Power",
            roles=(Role.METER,),
            credentials=(Credential("token", where="https://acme.example/settings"),),
            connect="openpower_acme._sync:connect",
            connect_async="openpower_acme._async:connect",
        )

A factory, ``connect(context, *, token)``, does no I/O and returns a :class:`Backend`. Only what a plugin
module needs is loaded immediately; the HTTP client, records and devices load when they are first used.
"""

from openpower_core.lazy import lazy

__getattr__, __dir__ = lazy(__name__)
