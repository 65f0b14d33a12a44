"""People for the tests of approvals: their keys, what they sign, and a journal that knows them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Store
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.principals import Kind, Principal
from tarl.kernel.approvals.projection import APPROVALS_PROJECTION
from tarl.kernel.approvals.register import Principals
from tarl.kernel.approvals.request import Escalation, Request
from tarl.kernel.approvals.state import Approval
from tarl.kernel.approvals.statement import Delegation, Vote, sign

ASKED = ApprovalId("default", "deploy")


def memory(**options: Any) -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=(APPROVALS_PROJECTION,), **options)


def someone(name: str, tenant: str = "default") -> PrincipalId:
    return PrincipalId(tenant, name)


def signer(id: PrincipalId, serial: int = 1) -> Signer:
    """The key of a principal: the same in every test."""
    return Signer(id.stream, SigningKey(sha256(f"{id.stream} {serial}".encode()).digest()))


def request(*approvers: str, **options: Any) -> Request:
    """A request of these approvers, of whom all are needed unless told otherwise."""
    options.setdefault("needed", len(approvers))
    return Request(description="Deploy to production", approvers=approvers, **options)


def further(after_ms: int, *names: str) -> Escalation:
    return Escalation(after_ms=after_ms, to=names)


class Panel:
    """A journal, the humans in it, and a request to them."""

    def __init__(self, *humans: str, store: Store | None = None, **options: Any) -> None:
        self.store = store or memory()
        self.approvals = Approvals(self.store, **options)
        self.principals = Principals(self.store)
        for name in humans:
            self.register(name)

    def register(self, name: str, kind: Kind = "human", tenant: str = "default") -> Principal:
        id = someone(name, tenant)
        key = signer(id)
        statement = principals.key_statement(id, kind, key.verifier, serial=1)
        return self.principals.register(id, principals.sign(statement, key), at_ms=0)

    def rotate(self, name: str) -> Principal:
        id = someone(name)
        found = self.principals.get(id)
        serial = len(found.keys) + 1
        new, old = signer(id, serial), signer(id, serial - 1)
        statement = principals.key_statement(id, found.kind, new.verifier, serial=serial)
        return self.principals.rotate(id, principals.sign(statement, new, old), at_ms=0)

    def ask(self, asked: Request, id: ApprovalId = ASKED, *, at_ms: int = 0) -> Approval:
        return self.approvals.request(id, asked, at_ms=at_ms)

    def word(
        self, name: str, id: ApprovalId = ASKED, *, to: str | None = None, **changes: Any
    ) -> Any:
        """What a person says about a request, to be signed; ``changes`` to its members."""
        members: dict[str, Any] = {
            "approval": id.id,
            "digest": self.approvals.get(id).digest,
            "journal": self.store.origin,
            "principal": name,
            "reason": "",
            "tenant": id.tenant,
        }
        members |= {"choice": "approve"} if to is None else {"to": to}
        return (Vote if to is None else Delegation)(**{**members, **changes})

    def signed(self, name: str, id: ApprovalId = ASKED, *, serial: int = 1, **options: Any) -> Any:
        """What a person says, in an envelope signed with the person's key."""
        return sign(self.word(name, id, **options), signer(someone(name, id.tenant), serial))

    def vote(
        self, name: str, choice: str = "approve", *, at_ms: int = 1, **options: Any
    ) -> Approval:
        id = options.pop("id", ASKED)
        envelope = self.signed(name, id, choice=choice, **options)
        return self.approvals.vote(id, envelope, at_ms=at_ms)

    def delegate(self, name: str, to: str, *, at_ms: int = 1, **options: Any) -> Approval:
        envelope = self.signed(name, to=to, **options)
        return self.approvals.delegate(ASKED, envelope, at_ms=at_ms)

    @property
    def kinds(self) -> list[str]:
        """What happened to the request."""
        return [event.kind.partition("/")[0] for event in self.store.read(ASKED.stream)]
