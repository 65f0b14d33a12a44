"""What the tests of artifacts and attestations stand on: a journal in memory, some principals."""

from __future__ import annotations

from hashlib import sha256

from tests.unit.tenancy.parts import HandClock

from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Store
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.approvals.register import Principals
from tarl.provenance.artifacts.artifact import Artifact
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.artifacts.state import ARTIFACTS_PROJECTION
from tarl.provenance.attestations.ledger import Attestations
from tarl.provenance.attestations.signers import present_keys
from tarl.provenance.attestations.state import ATTESTATIONS_PROJECTION
from tarl.provenance.attestations.statement import Subject

PROJECTIONS = (APPROVALS_PROJECTION, ARTIFACTS_PROJECTION, ATTESTATIONS_PROJECTION)
OPERATOR = Signer("tarl-operator-00000000", SigningKey(b"o" * 32))
REVIEW = "https://tarl.dev/attestation/review/v1"


def memory() -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=PROJECTIONS)


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def an_artifact(name: str, kind: str = "module", **options: object) -> Artifact:
    return Artifact(sha256=digest_of(name), kind=kind, name=name, **options)  # type: ignore[arg-type]


def subject(text: str, name: str | None = None) -> Subject:
    return Subject(name=name or text, sha256=digest_of(text))


def signer(name: str, tenant: str = "default", *, generation: int = 1) -> Signer:
    seed = sha256(f"{tenant} {name} {generation}".encode()).digest()
    return Signer(PrincipalId(tenant, name).stream, SigningKey(seed))


class Place:
    """A journal with ledgers of artifacts and attestations, and a register of principals."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store or memory()
        self.clock = HandClock()
        self.principals = Principals(self.store)
        self.artifacts = Artifacts(self.store, self.clock)
        self.attestations = Attestations(
            self.store,
            keys=present_keys(self.store, OPERATOR.verifier, clock=self.clock),
            clock=self.clock,
        )

    def register(self, name: str, tenant: str = "default") -> Signer:
        key, id = signer(name, tenant), PrincipalId(tenant, name)
        statement = principals.key_statement(id, "human", key.verifier, serial=1)
        envelope = principals.sign(statement, key)
        self.principals.register(id, envelope, at_ms=self.clock.now_ms())
        return key

    def rotate(self, name: str) -> Signer:
        old, new, id = signer(name), signer(name, generation=2), PrincipalId("default", name)
        statement = principals.key_statement(id, "human", new.verifier, serial=2)
        envelope = principals.sign(statement, new, old)
        self.principals.rotate(id, envelope, at_ms=self.clock.now_ms())
        return new
