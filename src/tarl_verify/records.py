"""What is taken from records of other streams, and the members that each kind has."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import unquote

from tarl_verify.keys import Key


class Record(NamedTuple):
    """An event of another stream; ``body`` is None where it is withheld."""

    stream: str
    kind: str
    entry: int  # index in the log
    at: int
    body: dict[str, Any] | None
    text: str

    @property
    def names(self) -> list[str]:
        """The parts of the stream's name."""
        return [unquote(part) for part in self.stream.split("/")]


class Act(NamedTuple):
    """An event of the run that says what was asked for or what came of it."""

    kind: str
    seq: int
    body: dict[str, Any]
    digest: str
    is_decided: bool = False  # by the operator, who was asked what became of a step


class Link(NamedTuple):
    """A record of trust that was found good when it was recorded; ``parents`` lead to the root."""

    digest: str
    kind: str
    says: dict[str, Any]
    entry: int  # index in the log
    at: int
    parents: tuple[Link, ...]

    def chain(self) -> list[Link]:
        """The link and all above it, each once."""
        found = {self.digest: self}
        for parent in self.parents:
            found.update((link.digest, link) for link in parent.chain())
        return list(found.values())

    @property
    def hash(self) -> str:
        """The hash of the chain: SHA-256 of that of the chain above and the record's digest.

        An attestation stands below the agent's genesis, everything else below its one parent.
        """
        above = self.parents[-1].hash if self.parents else bytes(32).hex()
        return sha256(bytes.fromhex(above + self.digest)).hexdigest()

    @property
    def agent(self) -> str:
        """Whose grants these are."""
        return str(self.says["delegatee" if self.kind == "delegation" else "agent"])

    @property
    def origin(self) -> Any:
        """The human from whom it all comes, or None."""
        origins = [link.says["human_origin"] for link in self.chain() if link.kind == "genesis"]
        return origins[0] if origins else None


class Person(NamedTuple):
    """A principal: the keys in their order, the last one counts."""

    kind: str
    keys: tuple[Key, ...]
    revoked: int | None = None  # index in the log
    revoked_at: int = 0
    vouched: bool = True  # the operator signed each key, or it was handed on by the one before
    grace_until: int = 0  # until then the key before the last one counts beside it

    def keys_at(self, at: int) -> tuple[Key, ...]:
        """The keys that count at an instant."""
        return self.keys[-2:] if at < self.grace_until else self.keys[-1:]


class Stop(NamedTuple):
    """From when on something does not count: a revocation, or a suspension until it is lifted."""

    target: tuple[str, str]
    why: str
    entry: int  # index in the log
    at: int
    until: int | None = None


Needed = list[tuple[list[list[Key]], int]]
"""Groups of members, each with the keys that count, and how many of a group must sign."""


class Permit(NamedTuple):
    """A permit as an agent signed it."""

    agent: str
    says: dict[str, Any]
    record: Record


RECORD_MEMBERS = {
    "authority": "authority delegable envelope expires_at_ms grants keys name not_before_ms parent"
    " threshold",
    "genesis": "agent authority expires_at_ms human_origin key not_before_ms",
    "attestation": "agent audience authority depth_left envelope expires_at_ms genesis grants"
    " not_before_ms roles task",
    "delegation": "audience delegatee delegatee_key delegator depth_left envelope expires_at_ms"
    " grants human_origin not_before_ms parent reasoning task",
    "revocation": "issuer reason target",
    "suspension": "agent issuer reason until_ms",
    "resumption": "agent issuer reason",
    "posture": "agent evidence from issuer posture reason",
    "effects": "agent count key root",
}
TRUST_KINDS = {  # kind of event: kind of record
    "authority.recorded/1": "authority",
    "genesis.recorded/1": "genesis",
    "attestation.recorded/1": "attestation",
    "delegation.recorded/1": "delegation",
    "revocation.recorded/1": "revocation",
    "suspension.recorded/1": "suspension",
    "suspension.lifted/1": "resumption",
    "posture.changed/1": "posture",
}
OUTCOMES = frozenset({"step.completed/1", "step.failed/1", "step.attempt_failed/1"})
ACTS = OUTCOMES | {
    "run.started/1",
    "step.scheduled/1",
    "approval.asked/1",
    "approval.received/1",
}
