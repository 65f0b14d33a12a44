"""Principals whose keys are kept on this machine: made, registered, and voting.

What is signed here is signed for whoever may read the key file. So a vote proves that the holder of
the file made it: a person, as far as the account, or the passphrase, is a person's own.
"""

from __future__ import annotations

import contextlib
from typing import Any

from tarl.crypto.keys import Keyring
from tarl.crypto.note import Signer
from tarl.crypto.principals import PrincipalKeys
from tarl.errors import Conflict, Denied, Missing
from tarl.journal.store import Store
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.principals import Kind, Principal
from tarl.kernel.approvals.register import Principals
from tarl.kernel.approvals.state import Approval
from tarl.kernel.approvals.statement import Choice, Delegation, Vote, sign
from tarl.tenancy.scoped import check_write
from tarl.values.metrics import Metrics


class People:
    """The principals of a journal whose keys lie under one home.

    Args:
        store: The journal.
        keyring: The home; its operator key vouches for whom it registers.
        metrics: Where votes are counted.
    """

    def __init__(self, store: Store, keyring: Keyring, *, metrics: Metrics | None = None) -> None:
        self.keys = PrincipalKeys(keyring.directory.parent)
        self.approvals = Approvals(store, metrics=metrics)
        self.principals = Principals(store, metrics=metrics)
        self._keyring = keyring
        self._store = store

    @property
    def is_read_only(self) -> bool:
        """Whether the journal can only be looked at."""
        return bool(getattr(self._store, "is_read_only", False))

    def create(
        self, id: PrincipalId, *, kind: Kind = "human", passphrase: str | None = None, at_ms: int
    ) -> Principal:
        """Make a key here and register the principal with it.

        Raises:
            Conflict: there is one of this name (``principal.exists``).
        """
        check_write(self._store, id.stream)
        found = self.principals.find(id)
        if found is not None:
            raise Conflict(
                f"{id.ref} is registered already, as {found.kind}",
                code="principal.exists",
                next_step=f"tarl principals show {id.ref}",
                principal=id.ref,
            )
        signer = self.keys.create(id.stream, passphrase=passphrase)
        statement = principals.key_statement(id, kind, signer.verifier, serial=1)
        return self.principals.register(id, self._vouched(statement, signer), at_ms=at_ms)

    def ensure_human(self, id: PrincipalId, *, at_ms: int) -> Principal:
        """The principal, made and registered as a human of this machine if nobody is yet.

        Of two processes that do, one wins and both use its key.
        """
        found = self.principals.find(id)
        if found is not None:
            return found
        try:
            return self.create(id, at_ms=at_ms)
        except Conflict as error:
            if error.code != "principal.exists":
                raise
            return self.principals.get(id)

    def rotate(
        self,
        id: PrincipalId,
        *,
        passphrase: str | None = None,
        new_passphrase: str | None = None,
        recovered: str | None = None,
        grace_ms: int = 0,
        at_ms: int,
    ) -> Principal:
        """Make a new key here and let it take over.

        Args:
            id: The principal.
            passphrase: Of the key that counts now.
            new_passphrase: Of the new one.
            recovered: Why the key that counts now cannot sign; it must be here otherwise.
            grace_ms: How long the key that counts now counts on.
            at_ms: Now.

        Raises:
            Missing: nobody is registered, or the key that counts now is not here.
            Conflict: the principal is revoked (``principal.revoked``).
        """
        found = self.principals.get(id)
        before = (
            [] if recovered is not None else [self.keys.signer(found.key, passphrase=passphrase)]
        )
        signer = self.keys.create(id.stream, passphrase=new_passphrase)
        serial = len(found.keys) + 1
        statement = principals.key_statement(
            id, found.kind, signer.verifier, serial=serial, grace_ms=grace_ms
        )
        envelope = self._vouched(statement, signer, *before)
        return self.principals.rotate(id, envelope, recovered=recovered, at_ms=at_ms)

    def local(self, tenant: str) -> list[PrincipalId]:
        """Principals of a tenant with a key here, registered in this journal or not."""
        ids = (PrincipalId.from_stream(name) for name in self.keys.names())
        return [id for id in ids if id.tenant == tenant]

    def vote(
        self,
        id: ApprovalId,
        principal: PrincipalId,
        choice: Choice,
        *,
        reason: str = "",
        shown: str | None = None,
        passphrase: str | None = None,
        at_ms: int,
    ) -> Approval:
        """Sign a vote on a request as it stands in the journal, and cast it.

        Args:
            id: The request.
            principal: Who votes; the key is kept here.
            choice: ``approve`` or ``reject``.
            reason: Why.
            shown: The digest of what the person has seen, or its first digits; any when left out.
            passphrase: Of the key file.
            at_ms: Now.

        Raises:
            Missing: no such request or principal, or the key is not kept here.
            Conflict, Denied, Invalid: as ``Approvals.vote``.
        """
        approval = self.approvals.get(id)
        if shown is not None and not (shown and approval.digest.startswith(shown.lower())):
            raise Denied(
                f"{id.ref} is not what was shown: its digest is {approval.digest}",
                code="approval.another",
                next_step=f"tarl approvals show {id.ref}",
                approval=id.ref,
            )
        statement = Vote(
            approval=id.id,
            choice=choice,
            digest=approval.digest,
            journal=self._store.origin,
            principal=principal.id,
            reason=reason,
            tenant=id.tenant,
        )
        envelope = sign(statement, self._signer(principal, passphrase))
        return self.approvals.vote(id, envelope, at_ms=at_ms)

    def delegate(
        self,
        id: ApprovalId,
        principal: PrincipalId,
        to: str,
        *,
        reason: str = "",
        passphrase: str | None = None,
        at_ms: int,
    ) -> Approval:
        """Sign that somebody else votes instead, and hand the vote on.

        Raises:
            Missing, Conflict, Denied, Invalid: as ``vote`` and ``Approvals.delegate``.
        """
        approval = self.approvals.get(id)
        statement = Delegation(
            approval=id.id,
            digest=approval.digest,
            journal=self._store.origin,
            principal=principal.id,
            reason=reason,
            tenant=id.tenant,
            to=to,
        )
        envelope = sign(statement, self._signer(principal, passphrase))
        return self.approvals.delegate(id, envelope, at_ms=at_ms)

    def _signer(self, principal: PrincipalId, passphrase: str | None) -> Signer:
        return self.keys.signer(self.principals.get(principal).key, passphrase=passphrase)

    def _vouched(self, statement: principals.KeyStatement, *signers: Signer) -> dict[str, Any]:
        """The statement, signed with the keys and by the operator if there is one here."""
        vouching = [*signers]
        with contextlib.suppress(Missing):
            vouching.append(self._keyring.signer("operator"))
        return principals.sign(statement, *vouching)
