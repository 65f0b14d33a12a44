"""A pipeline: the steps that may be taken, the gates before them, and whose decisions count.

1. A step that is not declared is not taken: none is skipped unless the pipeline says so.
2. A pipeline's digest is the SHA-256 of its canonical JSON: comments and spelling do not change it,
   everything that decides does.
3. An author never approves: a gate of approvals is independent, whatever it says.
"""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from typing import Any

import msgspec

from tarl.errors import Denied
from tarl.governance.environment import ENVIRONMENTS, Environment
from tarl.governance.promotion.conditions import Condition
from tarl.values.canonical import encode
from tarl.values.ids import encode_segment
from tarl.values.plain import plain

APPROVAL = "https://tarl.dev/attestation/approval/v1"
"""Somebody says yes or no to an artifact in an environment: ``decision`` is approve or reject."""

AUTHORSHIP = "https://tarl.dev/attestation/authorship/v1"
"""Who made an artifact: ``authors``, a list of principals."""

REINSTATEMENT = "https://tarl.dev/attestation/reinstatement/v1"
"""A revocation is taken back: ``revocation`` is the id of the statement that revoked."""

SLSA_PROVENANCE = "https://slsa.dev/provenance/v1"
SUMMARY = "https://slsa.dev/verification_summary/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"

ENTRY: Environment = ENVIRONMENTS[0]
"""Where work is made: nothing has to be promoted to be there."""

DEFAULT_SKEW_MS = 60_000
SKEW_MS_MAX = 3_600_000
DEFAULT_WITHIN_MS = 60_000


class Gate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What must be there before a step is taken: statements of signers, or a function's yes.

    Attributes:
        name: Names it in the pipeline.
        environments: Before which environments it stands; all when empty.
        optional: It is reported and decides nothing.
        predicate_types: The kinds of statements wanted, each of them.
        signers: Whose statements count.
        threshold: How many different people or services must say so.
        max_age_ms: Statements older than this count no more.
        dated_by: Where in the predicate stands when it was made (RFC 3339); when it was recorded
            where left out.
        where: Which statements are meant: those for which all of it holds.
        requires: What they must say.
        independent: Whether the word of who made the artifact counts for nothing.
        function: The registered function that is asked instead.
        within_ms: How long the function may take.
        level: What is vouched for when it passes.
    """

    name: str
    environments: tuple[Environment, ...] = ()
    optional: bool = False
    predicate_types: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    threshold: int = 1
    max_age_ms: int | None = None
    dated_by: str | None = None
    where: tuple[Condition, ...] = ()
    requires: tuple[Condition, ...] = ()
    independent: bool = False
    function: str | None = None
    within_ms: int = DEFAULT_WITHIN_MS
    level: str | None = None

    def stands_before(self, environment: str) -> bool:
        """Whether it is asked before something is promoted there."""
        return not self.environments or environment in self.environments


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A way that an artifact may go."""

    source: Environment
    target: Environment


class Pipeline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """Steps, gates, and whose word counts.

    Attributes:
        name: Names it.
        verifiers: Principals whose decisions count.
        revokers: Principals who may take a decision back, and lift that again.
        steps: The ways there are.
        gates: What stands before them.
        people: Principals of one person, by the person's name: they count once.
        skew_ms: By how much clocks may differ.
        resource: What the environments' URIs begin with; one of tarl's own when empty.
        earlier: Digests of earlier editions of this pipeline whose decisions still count.
    """

    name: str
    verifiers: tuple[str, ...]
    revokers: tuple[str, ...]
    steps: tuple[Step, ...]
    gates: tuple[Gate, ...]
    people: dict[str, tuple[str, ...]] = {}
    skew_ms: int = DEFAULT_SKEW_MS
    resource: str = ""
    earlier: tuple[str, ...] = ()

    @property
    def as_data(self) -> dict[str, Any]:
        """The pipeline as a JSON object."""
        data: dict[str, Any] = plain(self)
        return data

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its canonical JSON, in hex."""
        return sha256(encode(self.as_data)).hexdigest()

    @property
    def uri(self) -> str:
        """How summaries name it."""
        return f"https://tarl.dev/pipeline/{encode_segment(self.name)}"

    def resource_of(self, environment: str, *, tenant: str) -> str:
        """How summaries name an environment."""
        base = self.resource.rstrip("/")
        if not base:
            parts = encode_segment(tenant), encode_segment(self.name)
            base = f"https://tarl.dev/environment/{'/'.join(parts)}"
        return f"{base}/{environment}"

    def person(self, principal: str) -> str:
        """Whose principal this is; its own name where nobody says."""
        return self._people.get(principal, principal)

    @cached_property
    def _people(self) -> dict[str, str]:
        return {name: person for person, names in self.people.items() for name in names}

    def gates_before(self, environment: str) -> tuple[Gate, ...]:
        """The gates that stand before an environment, in their order."""
        return tuple(gate for gate in self.gates if gate.stands_before(environment))

    def check_step(self, source: str, target: str) -> None:
        """Refuse a step that is none of the pipeline's.

        Raises:
            Denied: it is not declared (``promotion.step``).
        """
        if any((step.source, step.target) == (source, target) for step in self.steps):
            return
        ways = ", ".join(f"{step.source} to {step.target}" for step in self.steps)
        raise Denied(
            f"the pipeline {self.name} has no step from {source} to {target}",
            code="promotion.step",
            next_step=f"its steps are: {ways}",
            pipeline=self.name,
            source=source,
            target=target,
        )


def read_pipeline(data: Any) -> Pipeline:
    """A pipeline as its canonical JSON had it; what was recorded once was checked then."""
    return msgspec.convert(data, Pipeline)
