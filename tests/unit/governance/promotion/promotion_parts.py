"""What the tests of promotion stand on: a journal with people, a build, a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.unit.provenance.provenance_parts import OPERATOR, digest_of
from tests.unit.provenance.provenance_parts import signer as key_of
from tests.unit.tenancy.parts import HandClock

from tarl.crypto.note import Signer
from tarl.governance.promotion.evidence import Case, Evidence, Standing
from tarl.governance.promotion.functions import GateFunctions
from tarl.governance.promotion.ledger import Promotion, Promotions
from tarl.governance.promotion.pipeline import AUTHORSHIP, TEST_RESULT, Gate, Pipeline
from tarl.governance.promotion.pipeline_file import parse
from tarl.governance.promotion.records import Records
from tarl.governance.promotion.state import PROMOTIONS_PROJECTION
from tarl.governance.promotion.words import Words
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Store
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.principals import Kind
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.approvals.register import Principals
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.artifacts.state import ARTIFACTS_PROJECTION
from tarl.provenance.attestations.ledger import Attestation, Attestations
from tarl.provenance.attestations.signers import present_keys
from tarl.provenance.attestations.state import ATTESTATIONS_PROJECTION
from tarl.provenance.attestations.statement import Subject, make

PROJECTIONS = (
    APPROVALS_PROJECTION,
    ARTIFACTS_PROJECTION,
    ATTESTATIONS_PROJECTION,
    PROMOTIONS_PROJECTION,
)
NOW_MS = HandClock().now_ms()
SUBJECT = Subject(name="app-1.0.tar", sha256=digest_of("app"))
HEAD = """
[pipeline]
name = "release"
verifiers = ["ci"]
revokers = ["ann", "ben"]
clock_skew = "1m"
"""
STEPS = """
[[step]]
from = "dev"
to = "stage"
[[step]]
from = "stage"
to = "prod"
"""
TESTS = """
[[gate]]
name = "tests"
predicate_types = ["https://in-toto.io/attestation/test-result/v0.1"]
signers = ["ci"]
max_age = "7d"
requires = [{ at = "/result", is = "PASSED" }]
"""
APPROVALS = """
[[gate]]
name = "approvals"
environments = ["prod"]
predicate_types = ["https://tarl.dev/attestation/approval/v1"]
signers = ["ann", "ben", "cleo"]
threshold = 2
max_age = "3d"
"""
RELEASE = HEAD + STEPS + TESTS + APPROVALS


def release(*more: str) -> Pipeline:
    return parse(RELEASE + "".join(more))


def gate(**options: Any) -> Gate:
    """A gate of test results by ci, but for what is said otherwise."""
    said = {"name": "tests", "predicate_types": (TEST_RESULT,), "signers": ("ci",), **options}
    return Gate(**said)


def evidence(
    predicate: Mapping[str, Any],
    *signers: str,
    number: int = 1,
    predicate_type: str = TEST_RESULT,
    at_ms: int = NOW_MS,
    expires_at_ms: int | None = None,
) -> Evidence:
    return Evidence(
        id=digest_of(f"{number} {sorted(predicate.items())} {signers} {predicate_type} {at_ms}"),
        predicate_type=predicate_type,
        predicate=predicate,
        signers=signers or ("ci",),
        recorded_at_ms=at_ms,
        number=number,
        expires_at_ms=expires_at_ms,
    )


def case(*found: Evidence, authors: frozenset[str] | None = None, **options: Any) -> Case:
    people = {name: Standing("human", True) for name in ("ann", "ben", "cleo")}
    said: dict[str, Any] = {
        "subject": SUBJECT.sha256,
        "source": "stage",
        "target": "prod",
        "at_ms": NOW_MS,
        "evidence": found,
        "authors": authors,
        "principals": {**people, "ci": Standing("service", True), "bot": Standing("agent", True)},
        **options,
    }
    return Case(**said)


class Yard:
    """A journal in which things are promoted."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store or MemoryStore(origin="tarl/test", projections=PROJECTIONS)
        self.clock = HandClock()
        self.principals = Principals(self.store)
        self.artifacts = Artifacts(self.store, self.clock)
        self.attestations = Attestations(
            self.store,
            keys=present_keys(self.store, OPERATOR.verifier, clock=self.clock),
            clock=self.clock,
        )
        self.functions = GateFunctions()
        records = Records(self.store, self.attestations, self.artifacts)
        self.promotions = Promotions(records, functions=self.functions)
        self.words = Words(records)

    def people(self) -> Yard:
        for name in ("ann", "ben", "cleo", "dan"):
            self.register(name)
        self.register("ci", "service")
        return self

    def register(self, name: str, kind: Kind = "human", tenant: str = "default") -> Signer:
        key, id = key_of(name, tenant), PrincipalId(tenant, name)
        statement = principals.key_statement(id, kind, key.verifier, serial=1)
        envelope = principals.sign(statement, key)
        self.principals.register(id, envelope, at_ms=self.clock.now_ms())
        return key

    def rotate(self, name: str) -> Signer:
        old, new, id = key_of(name), key_of(name, generation=2), PrincipalId("default", name)
        statement = principals.key_statement(id, "human", new.verifier, serial=2)
        self.principals.rotate(id, principals.sign(statement, new, old), at_ms=self.clock.now_ms())
        return new

    def say(
        self, predicate_type: str, predicate: Mapping[str, Any], *names: str, of: Subject = SUBJECT
    ) -> Attestation:
        envelope = make([of], predicate_type, predicate, signers=[key_of(n) for n in names])
        return self.attestations.record(envelope)

    def tested(self, result: str = "PASSED", by: str = "ci") -> Attestation:
        self.clock.at_ms += 1
        return self.say(TEST_RESULT, {"result": result, "run": self.clock.at_ms}, by)

    def made_by(self, *names: str) -> Attestation:
        return self.say(AUTHORSHIP, {"authors": list(names)}, "ci")

    def approve(self, *names: str, decision: str = "approve") -> None:
        for name in names:
            self.clock.at_ms += 1
            self.words.answer(SUBJECT, "prod", decision, signer=key_of(name))

    def promote(
        self,
        source: str = "dev",
        target: str = "stage",
        pipeline: Pipeline | None = None,
        by: str = "ci",
        **options: Any,
    ) -> Promotion:
        self.clock.at_ms += 1
        return self.promotions.promote(
            SUBJECT, source, target, pipeline or release(), signer=key_of(by), **options
        )

    def place(self, environment: str, pipeline: Pipeline | None = None) -> str:
        return self.promotions.places(SUBJECT.sha256, pipeline or release())[environment].word


def answers(promotion: Promotion) -> dict[str, str]:
    """What each gate answered."""
    return {result["gate"]: result["outcome"] for result in promotion.decided.results}


def codes(promotion: Promotion) -> set[str]:
    return {r["code"] for result in promotion.decided.results for r in result["reasons"]}


def ready(yard: Yard) -> Yard:
    """With everything that prod asks for, and in stage."""
    yard.made_by("dan")
    yard.tested()
    yard.promote()
    yard.approve("ann", "ben")
    return yard
