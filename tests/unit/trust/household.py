"""A journal on disk with keys, an authority and agents, for runs that act for them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from tests.opened import until_test_ends

from tarl.crypto.keys import Keyring
from tarl.crypto.principals import PrincipalKeys
from tarl.engines.embedded.clock import SystemClock
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.principals import Kind
from tarl.kernel.approvals.register import Principals
from tarl.kernel.approvals.statement import Vote, sign
from tarl.stack import open_trust
from tarl.storage import open_store
from tarl.trust.kms import FileKeys, LocalSigner
from tarl.trust.operations import TrustOperations

TENANT = "default"
MAIL = ("mail.*", "call.*", "trust.delegate")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Household:
    """What stands behind runs that act for agents: ``acme`` has let ``bot`` do ``MAIL``.

    Args:
        path: The journal; keys lie under ``$TARL_HOME``.
        options: Of the agent's establishment.
    """

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.keyring = Keyring().ensure()
        self.keys = PrincipalKeys(os.environ["TARL_HOME"])
        self.store = until_test_ends(open_store(path, keyring=self.keyring))
        self.ops = TrustOperations(
            open_trust(self.store, self.keyring),
            keys=FileKeys(self.keys),
            clock=SystemClock(),
            operator=LocalSigner(self.keyring.signer("operator")),
        )
        self.person("acme", "service")
        self.person("alice", "human")
        self.person("bot", "agent")
        self.ops.establish_authority("acme", capabilities=["*"])
        given = {"capabilities": MAIL, "depth_left": 3, **options}
        self.ops.establish("bot", "acme", **given)

    def person(self, name: str, kind: Kind) -> PrincipalId:
        """A principal whose key file lies here."""
        id = PrincipalId(TENANT, name)
        key = self.keys.create(id.stream)
        statement = principals.key_statement(id, kind, key.verifier, serial=1)
        Principals(self.store).register(id, principals.sign(statement, key), at_ms=now_ms())
        return id

    def vote(self, name: str, approval: ApprovalId, choice: Any) -> None:
        """A human's signed vote."""
        approvals = Approvals(self.store)
        key = Principals(self.store).get(PrincipalId(TENANT, name)).key
        said = Vote(
            approval=approval.id,
            choice=choice,
            digest=approvals.get(approval).digest,
            journal=self.store.origin,
            principal=name,
            reason="seen",
            tenant=TENANT,
        )
        envelope = sign(said, self.keys.signer(key))
        approvals.vote(approval, envelope, at_ms=now_ms())

    def close(self) -> None:
        """Before the test ends, that is."""
        self.store.close()
