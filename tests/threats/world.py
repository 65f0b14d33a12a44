"""A journal with an operator, an authority, agents, and whatever an attacker writes into it.

Records are signed and journalled as given, past every check that stands before the journal, as
somebody would who can write to the file; ``admit`` asks at the door. What counts is what ``verify``
says of it, at every level.
"""

from __future__ import annotations

import itertools
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.opened import until_test_ends
from tests.unit.kernel.voters import signer, someone

from tarl.crypto.dsse import pae
from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer
from tarl.journal.log import Log
from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch, Checkpoint, Store
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.principals import Kind
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.approvals.register import Principals, continued
from tarl.kernel.approvals.request import canonical
from tarl.policy.facts import Facts
from tarl.trust import events, records
from tarl.trust.accounts import BUDGETS_PROJECTION
from tarl.trust.book import Book
from tarl.trust.decision import LEVELS, Decision, Level
from tarl.trust.inclusion import Inclusion
from tarl.trust.messages import MESSAGES_PROJECTION
from tarl.trust.projection import TRUST_PROJECTION
from tarl.trust.signed import Signed, payload_type
from tarl.trust.verify import Verifier
from tarl.values.canonical import encode

NOON_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
TENANT = "default"
PROJECTIONS = (APPROVALS_PROJECTION, TRUST_PROJECTION, BUDGETS_PROJECTION, MESSAGES_PROJECTION)
OPERATOR = Signer("tarl/operator", SigningKey(sha256(b"operator").digest()))
LOG = Signer("tarl/log", SigningKey(sha256(b"log").digest()))
STRANGER = Signer("tarl/operator", SigningKey(sha256(b"stranger").digest()))
"""Calls itself as the operator does."""

MAIL = {"action": "mail.*", "resource": "mailbox/*"}
DELEGATE = {"action": "trust.delegate", "resource": "*"}
ALL = ({"action": "*", "resource": "*"},)


def memory() -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=PROJECTIONS)


def sqlite(path: Path) -> SqliteStore:
    return until_test_ends(
        SqliteStore(path, origin="tarl/test", projections=PROJECTIONS, synchronous="NORMAL")
    )


def grants(*given: Any) -> tuple[Any, ...]:
    """Grants as JSON: names of actions on everything, pairs, or objects."""
    found = []
    for one in given:
        if isinstance(one, str):
            one = (one, "*")
        if isinstance(one, tuple):
            one = {"action": one[0], "resource": one[1]}
        found.append({"constraints": {}, "resource": "*", **one})
    return tuple(found)


class World:
    """Principals, records and a verifier, in a tenant."""

    def __init__(
        self, store: Store | None = None, *, tenant: str = TENANT, at_ms: int = NOON_MS
    ) -> None:
        self.store = store or memory()
        self.tenant = tenant
        self.at_ms = at_ms
        self.kept: str | None = None
        self._nonces = itertools.count()
        self._salt = f"{tenant} {self.store.log_size()}"
        self.principals = Principals(self.store)
        self.verifier = self.fresh()

    def fresh(self, *, audiences: tuple[str, ...] = ()) -> Verifier:
        """A verifier that remembers nothing, as in another process."""
        return Verifier(
            self.store,
            open_book=lambda tenant: Book(self.store, tenant, operators=(OPERATOR.verifier,)),
            inclusion=Inclusion(self.store, log_key=LOG.verifier, kept=lambda: self.kept),
            audiences=audiences,
        )

    # --- principals

    def principal(self, name: str, kind: Kind = "agent") -> str:
        """Registers a principal with its first key; the name."""
        id = someone(name, self.tenant)
        key = signer(id)
        statement = principals.key_statement(id, kind, key.verifier, serial=1)
        self.principals.register(id, principals.sign(statement, key), at_ms=self.at_ms)
        return name

    def serial(self, name: str) -> int:
        """The number of the key that counts now."""
        return len(self.principals.get(someone(name, self.tenant)).keys)

    def key(self, name: str, serial: int | None = None) -> Signer:
        """A principal's key, the one that counts now unless told otherwise."""
        return signer(someone(name, self.tenant), serial or self.serial(name))

    def rotate(self, name: str, *, recovered: str | None = None, grace_ms: int = 0) -> None:
        """Let a new key take over."""
        id, serial = someone(name, self.tenant), self.serial(name) + 1
        new, old = signer(id, serial), signer(id, serial - 1)
        kind = self.principals.get(id).kind
        statement = principals.key_statement(
            id, kind, new.verifier, serial=serial, grace_ms=grace_ms
        )
        by = (new,) if recovered else (new, old)
        envelope = principals.sign(statement, *by)
        self.principals.rotate(id, envelope, recovered=recovered, at_ms=self.at_ms)

    # --- records, as an attacker may spell them

    def members(self, kind: str, **said: Any) -> dict[str, Any]:
        """What every record says, and ``said`` over it."""
        nonce = sha256(f"{self._salt} {next(self._nonces)}".encode()).hexdigest()[:32]
        common = {
            "type": f"tarl.{kind}/1",
            "tenant": self.tenant,
            "issued_at_ms": self.at_ms,
            "nonce": nonce,
        }
        return {**common, **said}

    def signed(self, kind: str, by: tuple[Signer, ...], **said: Any) -> Signed:
        """A signed record that nobody has checked."""
        record = records.RECORDS[kind](**self.members(kind, **said))
        return self.spelled(record, canonical(record), by)

    def spelled(self, record: Any, payload: bytes, by: tuple[Signer, ...]) -> Signed:
        """Any bytes, signed as a record's."""
        message = pae(payload_type(record.KIND), payload)
        signatures = tuple((each.verifier.label, each.key.sign(message)) for each in by)
        return Signed(record, payload, sha256(payload).hexdigest(), signatures, message)

    def journal(self, made: Signed, *, stream: str | None = None, at_ms: int | None = None) -> str:
        """Write a record into the journal, past the rules; its digest."""
        return self.journal_envelope(
            made.envelope,
            events.KIND_OF[made.kind],
            stream=stream or events.stream_of(made.record),
            at_ms=at_ms,
            digest=made.digest,
        )

    def journal_envelope(
        self, envelope: Any, kind: str, *, stream: str, at_ms: int | None = None, digest: str = ""
    ) -> str:
        """Write any envelope into the journal."""
        writer = continued(self.store, stream, tenant=self.tenant)
        body = encode({"envelope": envelope})
        row = writer.append(kind, body, at_ms=self.at_ms if at_ms is None else at_ms)
        self.store.commit(Batch([row]))
        return digest

    def authority(
        self,
        name: str = "acme",
        *,
        by: tuple[Signer, ...] | None = None,
        above: Signer | None = OPERATOR,
        may: tuple[Any, ...] = ALL,
        **said: Any,
    ) -> str:
        """An authority of one principal, vouched for by the operator unless told otherwise."""
        defaults: dict[str, Any] = {
            "authority": name,
            "name": said.pop("display", name),
            "keys": (self.key(name).verifier.vkey,) if "keys" not in said else (),
            "threshold": 1,
            "delegable": True,
            "parent": None,
            "grants": grants(*may),
            "envelope": {},
            "not_before_ms": 0,
            "expires_at_ms": None,
        }
        signers = by if by is not None else (*((above,) if above else ()), self.key(name))
        return self.journal(self.signed("authority", signers, **{**defaults, **said}))

    def genesis(
        self, agent: str, authority: str, *, by: tuple[Signer, ...] = (), **said: Any
    ) -> str:
        """An agent begins."""
        defaults: dict[str, Any] = {
            "agent": agent,
            "key": said["key"] if "key" in said else self.key(agent).verifier.vkey,
            "authority": authority,
            "human_origin": None,
            "not_before_ms": 0,
            "expires_at_ms": None,
        }
        return self.journal(
            self.signed("genesis", by or (self.key("acme"),), **{**defaults, **said})
        )

    def attest(
        self,
        agent: str,
        genesis: str,
        authority: str,
        *,
        may: tuple[Any, ...] = (),
        by: tuple[Signer, ...] = (),
        **said: Any,
    ) -> str:
        """An authority's word on what an agent may do."""
        defaults: dict[str, Any] = {
            "agent": agent,
            "genesis": genesis,
            "authority": authority,
            "grants": grants(*may),
            "envelope": {},
            "roles": (),
            "depth_left": 8,
            "task": None,
            "audience": None,
            "not_before_ms": 0,
            "expires_at_ms": self.at_ms + 30 * DAY_MS,
        }
        return self.journal(
            self.signed("attestation", by or (self.key("acme"),), **{**defaults, **said})
        )

    def delegated(
        self,
        delegator: str,
        delegatee: str,
        parent: str,
        *,
        may: tuple[Any, ...] = (),
        by: tuple[Signer, ...] = (),
        **said: Any,
    ) -> Signed:
        """An agent's word on what another may do, signed and not journalled."""
        defaults: dict[str, Any] = {
            "delegator": delegator,
            "delegatee": delegatee,
            "delegatee_key": "",
            "parent": parent,
            "grants": grants(*may),
            "envelope": {},
            "task": None,
            "audience": None,
            "depth_left": 7,
            "not_before_ms": 0,
            "expires_at_ms": self.at_ms + DAY_MS,
            "human_origin": None,
            "reasoning": None,
        }
        if "delegatee_key" not in said:
            defaults["delegatee_key"] = self.key(delegatee).verifier.vkey
        by = by or (self.key(delegator),)
        return self.signed("delegation", by, **{**defaults, **said})

    def delegate(self, *args: Any, **options: Any) -> str:
        """``delegated``, and journalled."""
        return self.journal(self.delegated(*args, **options))

    def revoke(self, *, by: Signer = OPERATOR, issuer: str = "operator", **target: str) -> str:
        """Something counts no more: ``record=``, ``agent=``, ``human=`` or ``authority=``."""
        said = {"target": records.Target(**target), "reason": "a test", "issuer": issuer}
        return self.journal(self.signed("revocation", (by,), **said))

    def stand(self, kind: str, agent: str, *, by: Signer = OPERATOR, **said: Any) -> str:
        """A suspension, a resumption or a change of posture."""
        defaults: dict[str, Any] = {"agent": agent, "reason": "a test", "issuer": "operator"}
        if kind == "suspension":
            defaults["until_ms"] = None
        return self.journal(self.signed(kind, (by,), **{**defaults, **said}))

    def agent(self, name: str, authority: str, *, may: tuple[Any, ...], **said: Any) -> str:
        """A principal with a beginning and an attestation; the attestation's digest."""
        self.principal(name)
        origin = said.pop("human_origin", None)
        genesis = self.genesis(name, authority, human_origin=origin)
        return self.attest(name, genesis, authority, may=may, **said)

    # --- the log

    def checkpoint(self, *, by: Signer = LOG) -> str:
        """Sign the log as it is, and keep the note beside the journal and away from it."""
        from tarl.crypto.note import Checkpoint as Note
        from tarl.crypto.note import sign_note

        log = Log(self.store)
        size = log.size()
        note = sign_note(Note(self.store.origin, size, log.root(size)).text, by)
        self.store.keep_checkpoint(Checkpoint(size, note, self.at_ms, True), ())
        self.kept = note
        return note

    # --- the question

    def facts(self, agent: str, action: str, resource: str, **said: Any) -> Facts:
        defaults: dict[str, Any] = {
            "action": action,
            "resource": resource,
            "access": "write",
            "output": "data",
            "tenant": self.tenant,
            "agent": agent,
            "task": "t1",
            "at_ms": self.at_ms,
        }
        return Facts(**{**defaults, **said})

    def ask(
        self,
        agent: str,
        action: str = "mail.send",
        resource: str = "mailbox/alice",
        *,
        level: Level = "STANDARD",
        verifier: Verifier | None = None,
        **said: Any,
    ) -> Decision:
        """What the verifier says at one level."""
        facts = self.facts(agent, action, resource, **said)
        return (verifier or self.verifier).verify(agent, facts, level=level)

    def allows(self, agent: str, *args: Any, **said: Any) -> bool:
        """Whether an agent may; all levels, warm and cold, must agree."""
        found = self.answers(agent, *args, **said)
        assert len(set(found.values())) == 1, found
        return next(iter(found.values()))

    def answers(self, agent: str, *args: Any, **said: Any) -> dict[str, bool]:
        """Whether an agent may, by each level, remembering and remembering nothing."""
        found = {}
        for level in (*LEVELS, "QUICK"):
            found[f"warm {level}"] = self.ask(agent, *args, level=level, **said).allowed
        for level in LEVELS:
            cold = self.fresh()
            found[f"cold {level}"] = self.ask(
                agent, *args, level=level, verifier=cold, **said
            ).allowed
        return found

    def why(self, agent: str, *args: Any, **said: Any) -> set[str]:
        """The codes of the reasons why an agent may not, at STANDARD, remembering nothing."""
        decision = self.ask(agent, *args, verifier=self.fresh(), **said)
        assert not decision.allowed, decision
        return {reason.code for reason in (*decision.reasons, *decision.verdict.reasons)}


def world(store: Store | None = None, **options: Any) -> tuple[World, str]:
    """A world with the authority ``acme`` and its digest."""
    made = World(store, **options)
    made.principal("acme", "service")
    return made, made.authority()
