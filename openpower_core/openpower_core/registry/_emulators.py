"""Finds a provider's emulator, which its specification names, without importing it before it is wanted."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Protocol

from openpower_core.errors import ConfigurationError, ProviderLoadError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from openpower_core.registry.spec import ProviderSpec

__all__ = ["Emulation", "Serve", "emulator_of"]


class Emulation(Protocol):
    """A vendor's emulator that is being served."""

    @property
    def url(self) -> str:
        """Where it listens, as ``base_url=`` takes it."""
        ...

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of ``connect`` that reach it, its made-up credentials included."""
        ...


class Serve(Protocol):
    """Serves an emulator on loopback until its ``with`` block ends."""

    def __call__(self, *, port: int = 0) -> AbstractContextManager[Emulation]: ...


def emulator_of(spec: ProviderSpec) -> Serve | None:
    """The provider's emulator; None where it has none.

    Raises:
        ConfigurationError: the emulator needs an extra that is not installed.
        ProviderLoadError: it cannot be imported.
    """
    if not isinstance(spec.emulator, str):
        return spec.emulator
    module, _, attribute = spec.emulator.partition(":")
    try:
        serve: Serve = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as missing:
        if missing.name in {"starlette", "uvicorn"}:
            raise ConfigurationError(
                "emulators need an extra that is not installed.",
                provider=spec.name,
                hint='Install it: pip install "openpower[emulator]"',
            ) from None
        raise ProviderLoadError(f"its emulator cannot be loaded: {missing}.", provider=spec.name) from missing
    except Exception as error:
        raise ProviderLoadError(
            f"its emulator {spec.emulator} cannot be loaded: {type(error).__name__}: {error}.", provider=spec.name
        ) from error
    return serve
