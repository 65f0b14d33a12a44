"""What the tests of consents stand on: a ledger in memory, a clock set by hand, some wants."""

from __future__ import annotations

from tests.unit.tenancy.parts import HandClock

from tarl.journal.memory import MemoryStore
from tarl.journal.store import Store
from tarl.planning.consent.ledger import Consents
from tarl.planning.consent.scopes import Want
from tarl.planning.consent.state import CONSENTS_PROJECTION
from tarl.planning.task import PrivacyClass, TrustTier

CAMERA = "measure:camera/front_door:cloud_region"
HOUR_MS = 3_600_000


def memory() -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=(CONSENTS_PROJECTION,))


def ledger(store: Store | None = None, clock: HandClock | None = None) -> Consents:
    return Consents(store or memory(), clock=clock or HandClock())


def want(
    scope: str = CAMERA,
    privacy: PrivacyClass = PrivacyClass.INTERNAL,
    trust: TrustTier = TrustTier.VERIFIED,
) -> Want:
    return Want(scope, privacy, trust)
