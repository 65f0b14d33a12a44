"""Chains of delegations, tarl's and kailash's, that ``trust`` asks about.

Ours lie in a file with every room's projections; each agent signs with a key of its own. kailash's
lie in its store in memory, signed by its one authority's key, as its documentation does it.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.keys import Keyring
from tarl.crypto.note import Signer, VerifierKey
from tarl.engines.embedded.checkpointer import Checkpointer
from tarl.engines.embedded.clock import SystemClock
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.approvals.register import Principals
from tarl.policy.facts import Facts
from tarl.stack import open_trust
from tarl.storage import open_store
from tarl.trust.chain import Chain
from tarl.trust.decision import Level
from tarl.trust.kms import LocalSigner, SigningService
from tarl.trust.ledger import TrustLedger
from tarl.trust.operations import TrustOperations

TENANT = "default"
ACTION = "mail.send"
RESOURCE = "mailbox/alice"
KAILASH_PACKAGES = ("kailash", "nacl")


class _Keys:
    """Secret keys of principals, made from their names."""

    def __init__(self) -> None:
        self.signers: dict[VerifierKey, LocalSigner] = {}

    def make(self, id: PrincipalId) -> Signer:
        signer = Signer(id.stream, SigningKey(sha256(id.stream.encode()).digest()))
        self.signers[signer.verifier] = LocalSigner(signer)
        return signer

    def signer(self, key: VerifierKey) -> SigningService:
        return self.signers[key]


class Lineage:
    """A journal with an authority and an agent ``a0`` that may delegate, and what is added."""

    def __init__(self, path: Path, *, depth: int) -> None:
        self.clock = SystemClock()
        self.keyring = Keyring().ensure()
        self.store = open_store(path, keyring=self.keyring, synchronous="NORMAL")
        self.keys = _Keys()
        self._principals = Principals(self.store)
        self.ops = self._operations()
        self.register("acme", "service")
        self.register("a0", "agent")
        self.ops.establish_authority("acme", capabilities=["*"])
        granted = ["mail.*", "trust.delegate"]
        self.top = self.ops.establish("a0", "acme", granted, depth_left=depth)

    def _operations(self) -> TrustOperations:
        return TrustOperations(
            self.open_ledger(),
            keys=self.keys,
            clock=self.clock,
            operator=LocalSigner(self.keyring.signer("operator")),
        )

    def open_ledger(self) -> TrustLedger:
        """A look at the journal that remembers nothing."""
        return open_trust(self.store, self.keyring)

    def register(self, name: str, kind: principals.Kind) -> None:
        """Let somebody be, with a key."""
        id = PrincipalId(TENANT, name)
        signer = self.keys.make(id)
        statement = principals.key_statement(id, kind, signer.verifier, serial=1)
        signed = principals.sign(statement, signer)
        self._principals.register(id, signed, at_ms=self.clock.now_ms())

    def line(self, prefix: str, above: Chain, count: int) -> list[Chain]:
        """So many delegations, each below the one before."""
        chains, delegator = [], above.leaf.subject
        for number in range(1, count + 1):
            delegatee = f"{prefix}{number}"
            self.register(delegatee, "agent")
            chains.append(self.ops.delegate(delegator, delegatee))
            delegator = delegatee
        return chains

    def checkpoint(self) -> None:
        """Have the log signed, as a runtime does every second."""
        checkpointer = Checkpointer(self.store, self.keyring, self.clock)
        checkpointer.sign()
        checkpointer.close()

    def ask(
        self, ledger: TrustLedger, agent: str, level: Level, *, anew: bool = False
    ) -> Callable[[], bool]:
        """A question that is asked with the hour of the moment; ``anew`` about another resource
        each time.
        """
        now_ms, verify = self.clock.now_ms, ledger.verify
        resources = map("mailbox/{}".format, itertools.count()) if anew else None

        def ask() -> bool:
            facts = Facts(
                action=ACTION,
                resource=RESOURCE if resources is None else next(resources),
                access="write",
                output="data",
                tenant=TENANT,
                agent=agent,
                at_ms=now_ms(),
            )
            return verify(agent, facts, level=level).allowed

        return ask


class _Registry:
    """kailash's port of authorities, with one."""

    def __init__(self, authority: Any) -> None:
        self._authority = authority

    async def initialize(self) -> None:
        """Nothing to make ready."""

    async def get_authority(self, authority_id: str, include_inactive: bool = False) -> Any:
        return self._authority


@contextmanager
def kailash(depth: int) -> Iterator[Callable[[str, str, int], None] | str]:
    """Asks kailash so often whether an agent (``a0`` ... ``a<depth>``) may, at a level; or why it
    cannot be asked.
    """
    missing = [name for name in KAILASH_PACKAGES if find_spec(name) is None]
    if missing:
        yield f"{', '.join(missing)} not installed; make bench does"
        return
    logging.getLogger("kailash").setLevel(logging.CRITICAL)
    from kailash.trust.authority import AuthorityPermission, OrganizationalAuthority
    from kailash.trust.chain import AuthorityType, CapabilityType, VerificationLevel
    from kailash.trust.chain_store.memory import InMemoryTrustStore
    from kailash.trust.operations import CapabilityRequest, TrustKeyManager, TrustOperations
    from kailash.trust.signing.crypto import generate_keypair

    private, public = generate_keypair()
    keys = TrustKeyManager()
    keys.register_key("acme-key", private)
    kind, every = AuthorityType.ORGANIZATION, list(AuthorityPermission)
    acme = OrganizationalAuthority("acme", "Acme", kind, public, "acme-key", every)
    ops = TrustOperations(
        _Registry(acme), keys, InMemoryTrustStore(), max_delegation_depth=depth + 1
    )

    async def make() -> None:
        await ops.initialize()
        asked = [CapabilityRequest(ACTION, CapabilityType.ACTION)]
        await ops.establish("a0", "acme", asked)
        for number in range(depth):
            await ops.delegate(f"a{number}", f"a{number + 1}", "task", [ACTION])

    async def ask(agent: str, level: Any, count: int) -> None:
        for _ in range(count):
            answer = await ops.verify(agent, ACTION, RESOURCE, level=level)
            assert answer.valid, answer.reason

    with asyncio.Runner() as runner:
        runner.run(make())
        levels = {level.name: level for level in VerificationLevel}
        yield lambda agent, level, count: runner.run(ask(agent, levels[level], count))
