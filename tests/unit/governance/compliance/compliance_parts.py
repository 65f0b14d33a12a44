"""What the tests of compliance stand on: a journal of every room, people with keys, a clock that is
set by hand, and runs written event by event, also such as no runtime would write.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from tests.unit.kernel.voters import signer, someone
from tests.unit.tenancy.parts import HandClock

from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer
from tarl.governance.compliance.assess import Assessment, Result
from tarl.governance.compliance.catalog import requirement
from tarl.governance.compliance.component import Component, parse
from tarl.governance.compliance.demand import Demands
from tarl.governance.compliance.ledger import Compliance
from tarl.governance.compliance.state import COMPLIANCE_PROJECTION
from tarl.governance.policies.state import POLICIES_PROJECTION
from tarl.governance.violations.state import VIOLATIONS_PROJECTION
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch, Store
from tarl.kernel import events
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.principals import Kind
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.approvals.register import Principals
from tarl.kernel.runs import RUNS_PROJECTION
from tarl.provenance.artifacts.state import ARTIFACTS_PROJECTION
from tarl.provenance.attestations.ledger import Attestation, Attestations
from tarl.provenance.attestations.signers import present_keys
from tarl.provenance.attestations.state import ATTESTATIONS_PROJECTION
from tarl.provenance.attestations.statement import Subject, make
from tarl.tenancy.state import TENANTS_PROJECTION
from tarl.trust.projection import TRUST_PROJECTION
from tarl.values.canonical import encode
from tarl.values.instants import isoformat_ms
from tarl.work.streams import continued
from tarl.work.timers.tables import TIMERS_COORDINATION, TIMERS_PROJECTION

DAY_MS = 86_400_000
PROJECTIONS = (
    RUNS_PROJECTION,
    APPROVALS_PROJECTION,
    POLICIES_PROJECTION,
    VIOLATIONS_PROJECTION,
    TRUST_PROJECTION,
    ARTIFACTS_PROJECTION,
    ATTESTATIONS_PROJECTION,
    COMPLIANCE_PROJECTION,
    TIMERS_PROJECTION,
    TENANTS_PROJECTION,
)
OPERATOR = Signer("tarl-operator-00000000", SigningKey(b"o" * 32))
LOG = Signer("tarl-log-00000000", SigningKey(b"l" * 32))

JOURNAL = parse("journal")
LOANS = parse("workflow:loans")
CODE = sha256(b"async def loans").hexdigest()

SLSA = "https://slsa.dev/provenance/v1"
TESTED = "https://in-toto.io/attestation/test-result/v0.1"

Step = tuple[str, dict[str, Any]]
ANSWERED: tuple[Step, ...] = (
    ("step.scheduled/1", {"activity": "score", "args": [], "step": 1}),
    ("step.completed/1", {"result": 1, "step": 1}),
)


def memory(**options: Any) -> MemoryStore:
    coordinations = (TIMERS_COORDINATION,)
    return MemoryStore(
        origin="tarl/test", projections=PROJECTIONS, coordinations=coordinations, **options
    )


class Office:
    """A journal with its ledgers of compliance, attestations and demands."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store or memory()
        self.clock = HandClock()
        keys = present_keys(self.store, OPERATOR.verifier, clock=self.clock)
        self.attestations = Attestations(self.store, keys=keys, clock=self.clock)
        self.compliance = Compliance(
            self.store, self.attestations, clock=self.clock, log_key=LOG.verifier
        )
        self.demands = Demands(self.store, clock=self.clock)
        self.principals = Principals(self.store)

    # --- people

    def register(self, name: str, kind: Kind = "human") -> Signer:
        id = someone(name)
        key = signer(id)
        statement = principals.key_statement(id, kind, key.verifier, serial=1)
        self.principals.register(id, principals.sign(statement, key), at_ms=self.clock.now_ms())
        return key

    def revoke(self, name: str) -> None:
        self.principals.revoke(someone(name), "left", at_ms=self.clock.now_ms())

    # --- what is recorded

    def write(self, stream: str, *said: Step, at_ms: int | None = None) -> None:
        """Events at the end of a stream, whatever they say."""
        at_ms = self.clock.now_ms() if at_ms is None else at_ms
        writer = continued(self.store, stream, tenant=stream.split("/")[1])
        rows = [writer.append(kind, encode(body), at_ms=at_ms) for kind, body in said]
        self.store.commit(Batch(rows))

    def run(
        self,
        id: str = "r1",
        steps: Iterable[Step] = ANSWERED,
        *,
        workflow: str = "loans",
        code: str = CODE,
        ended: bool = True,
        at_ms: int | None = None,
        **started: Any,
    ) -> None:
        body = {"code": code, "seed": "00", "workflow": workflow, "input": None, **started}
        last: list[Step] = [(events.RUN_COMPLETED, {"result": 1})] if ended else []
        said = [(events.RUN_STARTED, body), *steps, *last]
        self.write(f"run/default/{id}/1", *said, at_ms=at_ms)

    def approval(self, id: str, *voters: str, needed: int, status: str = "approved") -> None:
        """A request that was decided, with whatever votes."""
        asked = {
            "description": "pay",
            "approvers": ["anna", "ben"],
            "needed": needed,
            "context": None,
            "subject": None,
            "reason_required": False,
            "rejection": "any",
            "expires_after_ms": None,
            "escalations": [],
            "run": "run/default/r1/1",
            "step": 1,
            "workflow_id": None,
        }
        votes = [("approval.voted/1", {"envelope": _vote(name)}) for name in voters]
        decided = ("approval.decided/1", {"status": status})
        self.write(f"approval/default/{id}", ("approval.requested/1", asked), *votes, decided)

    def attest(
        self,
        predicate_type: str,
        predicate: Mapping[str, Any],
        *signers: Signer,
        about: str = CODE,
    ) -> Attestation:
        envelope = make(
            [Subject(name="loans", sha256=about)], predicate_type, predicate, signers=signers
        )
        return self.attestations.record(envelope)

    def says(self, ref: str, status: str, by: Signer, *, what: Component = LOANS) -> Attestation:
        return self.compliance.attest(what, ref, status, "looked at it", signer=by)

    # --- what is asked

    def result(self, ref: str, what: Component = LOANS) -> Result:
        """What the whole assessment says about one requirement."""
        (found,) = self.compliance.assess(what, requirements=[requirement(ref)]).results
        return found

    def status(self, ref: str, what: Component = LOANS) -> str:
        return self.result(ref, what).status

    def assess(self, what: Component = LOANS) -> Assessment:
        return self.compliance.assess(what)

    def in_days(self, days: float) -> str:
        return isoformat_ms(self.clock.now_ms() + round(days * DAY_MS))


def _vote(name: str) -> dict[str, Any]:
    said = {"choice": "approve", "principal": name}
    payload = base64.b64encode(encode(said)).decode()
    return {"payload": payload, "payloadType": "t", "signatures": []}
