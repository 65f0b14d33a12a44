"""A tenant with an operator, an authority and agents, on a real store, with a clock to set."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.opened import until_test_ends

from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer, VerifierKey
from tarl.errors import Missing
from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Store
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.approvals.register import Principals
from tarl.policy.facts import Facts
from tarl.trust.chain import Chain
from tarl.trust.decision import Decision, Level
from tarl.trust.kms import LocalSigner, SigningService
from tarl.trust.ledger import TrustLedger
from tarl.trust.operations import TrustOperations
from tarl.trust.projection import TRUST_PROJECTION

START_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
TENANT = "default"
PROJECTIONS = (APPROVALS_PROJECTION, TRUST_PROJECTION)
OPERATOR = Signer("tarl-operator-test", SigningKey(sha256(b"operator").digest()))
LOG = Signer("tarl-log-test", SigningKey(sha256(b"log").digest()))


class Hand:
    """A clock that is set."""

    def __init__(self, at_ms: int = START_MS) -> None:
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


class Drawer:
    """Secret keys of principals, made from their names."""

    def __init__(self) -> None:
        self.signers: dict[VerifierKey, Signer] = {}

    def make(self, id: PrincipalId, serial: int = 1) -> Signer:
        seed = sha256(f"{id.stream}#{serial}".encode()).digest()
        signer = Signer(id.stream, SigningKey(seed))
        self.signers[signer.verifier] = signer
        return signer

    def signer(self, key: VerifierKey) -> SigningService:
        if key not in self.signers:
            raise Missing(f"no key {key.label}", code="keys.missing")
        return LocalSigner(self.signers[key])


class World:
    """Everything that a test of trust needs.

    ``ops`` are the operations, ``ledger`` what they work on; ``agent`` and ``person`` register
    principals.
    """

    def __init__(self, path: Path | None = None, **options: Any) -> None:
        self.store: Store = (
            MemoryStore(
                origin="tarl/test", projections=PROJECTIONS, codec=options.pop("codec", None)
            )
            if path is None
            else until_test_ends(SqliteStore(path, origin="tarl/test", projections=PROJECTIONS))
        )
        self.clock = Hand()
        self.keys = Drawer()
        self.tenant = str(options.pop("tenant", TENANT))
        self.principals = Principals(self.store)
        self._draws = 0
        self.options = options
        self.ledger = self.open_ledger()
        self.ops = TrustOperations(
            self.ledger,
            keys=self.keys,
            clock=self.clock,
            operator=LocalSigner(OPERATOR),
            tenant=self.tenant,
            dice=self.draw,
        )

    def open_ledger(self) -> TrustLedger:
        """Another look at the same journal, that remembers nothing."""
        return TrustLedger(
            self.store, operator=OPERATOR.verifier, log_key=LOG.verifier, **self.options
        )

    def draw(self, size: int) -> bytes:
        self._draws += 1
        return sha256(f"draw {self._draws}".encode()).digest()[:size]

    def register(self, name: str, kind: principals.Kind) -> PrincipalId:
        id = PrincipalId(self.tenant, name)
        signer = self.keys.make(id)
        statement = principals.key_statement(id, kind, signer.verifier, serial=1)
        self.principals.register(id, principals.sign(statement, signer), at_ms=self.clock.at_ms)
        return id

    def rotate(self, name: str, *, recovered: str | None = None, grace_ms: int = 0) -> Signer:
        id = PrincipalId(self.tenant, name)
        found = self.principals.get(id)
        signer = self.keys.make(id, len(found.keys) + 1)
        before = self.keys.signers[found.key]
        statement = principals.key_statement(
            id, found.kind, signer.verifier, serial=len(found.keys) + 1, grace_ms=grace_ms
        )
        signers = (signer,) if recovered else (signer, before)
        envelope = principals.sign(statement, *signers)
        self.ops.rotate(name, envelope, recovered=recovered)
        return before

    def agents(self, *names: str) -> None:
        for name in names:
            self.register(name, "agent")

    def authority(
        self, name: str = "acme", capabilities: Iterable[Any] = ("*",), **options: Any
    ) -> None:
        self.register(name, "service")
        self.ops.establish_authority(name, capabilities=list(capabilities), **options)

    def settle(self, *delegatees: str) -> list[Chain]:
        """An authority, an agent ``a`` with everything, and a line of delegations below it."""
        self.authority()
        self.agents("a", *delegatees)
        depth = max(len(delegatees), 1)
        chains = [self.ops.establish("a", "acme", ["mail.*", "trust.delegate"], depth_left=depth)]
        for delegator, delegatee in zip(("a", *delegatees), delegatees, strict=False):
            chains.append(self.ops.delegate(delegator, delegatee))
        return chains

    def facts(self, agent: str, action: str = "mail.send", **options: Any) -> Facts:
        given: dict[str, Any] = {
            "resource": "mailbox/alice",
            "access": "write",
            "output": "data",
            "tenant": self.tenant,
            "at_ms": self.clock.at_ms,
            **options,
        }
        return Facts(action=action, agent=agent, **given)

    def ask(
        self, agent: str, action: str = "mail.send", level: Level = "STANDARD", **options: Any
    ) -> Decision:
        return self.ledger.verify(agent, self.facts(agent, action, **options), level=level)

    def all_levels(self, agent: str, action: str = "mail.send", **options: Any) -> set[bool]:
        """What the levels say; one answer, if they agree."""
        levels: tuple[Level, ...] = ("QUICK", "STANDARD", "FULL", "QUICK")
        return {self.ask(agent, action, level, **options).allowed for level in levels}


def codes(decision: Decision) -> set[str]:
    return {reason.code for reason in decision.reasons}
