"""Why a run is to stop, as Temporal keeps it: as it was given, or, for sealed tenants, a reference
to the journal's blobs.
"""

from __future__ import annotations

from collections.abc import Callable

from tarl.engines.embedded.engine import Engine
from tarl.engines.temporal.beginning import Kept

_KEPT = "tarl-kept:"


def kept_reason(engine: Engine, tenant: str, reason: str) -> str:
    """A reason as Temporal keeps it."""
    seals = engine.store.codec.of(tenant).seals
    if not reason or not (seals or reason.startswith(_KEPT)):
        return reason
    return _KEPT + Kept(engine, tenant).put(reason.encode())


def told_reason(kept: str, get: Callable[[str], bytes]) -> str:
    """What a reason says; ``get`` is that of the tenant's shelf.

    Raises:
        Missing: the blob is gone, or the key that sealed it is.
    """
    return get(kept.removeprefix(_KEPT)).decode() if kept.startswith(_KEPT) else kept
