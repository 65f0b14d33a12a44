"""The rules between a record and the one above it; the same when it is recorded and ever after.

    =============  ==================  ============================================================
    record         stands below        signed by
    =============  ==================  ============================================================
    authority      nothing             the operator, and ``threshold`` of its own keys
    authority      an authority that   ``threshold`` of that authority's keys, and of its own
                   is delegable
    genesis        an authority        ``threshold`` of the authority's keys
    attestation    a genesis           ``threshold`` of the authority's keys
    delegation     an attestation or   the delegator's own key
                   a delegation
    =============  ==================  ============================================================

1. Nothing permits more, longer, to more tasks or audiences, or deeper than what stands above it.
2. Every signature on a record is by somebody whose word it needs, and verifies: an odd one refuses
   the record, so no byte of an envelope can change unnoticed.
3. A key counts if it was its principal's when the record was journalled.
4. To delegate is a capability like any other, and nobody occurs twice in a line of delegations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tarl.crypto.ed25519 import verify
from tarl.crypto.note import VerifierKey
from tarl.errors import Corrupt, Denied, Invalid
from tarl.policy.grant import Grants
from tarl.trust.chain import Link, Place
from tarl.trust.keyholders import Keyholders
from tarl.trust.records import Authority, Delegation
from tarl.trust.signed import Signed
from tarl.trust.terms import DELEGATE, delegating, may_delegate, terms_of
from tarl.trust.wellformed import key_of

Check = Callable[[bytes, bytes, bytes], None]
"""Accepts a public key, a message and a signature, or raises ``Corrupt``."""

CHAIN_MAX = 48
"""Records in a chain: authorities below authorities, an agent, and its delegations."""

PARTS_MAX = 16
"""Grants that are looked for one by one before the general question is asked."""

SKEW_MS = 300_000
"""How far clocks may differ before a record is from the future."""


class Signers:
    """Whose word counts at a place of the log.

    Args:
        holders: The tenant's principals.
        operators: The operator's keys by label.
        place: Where the record is journalled.
    """

    def __init__(
        self,
        holders: Keyholders,
        operators: dict[str, VerifierKey],
        place: Place,
    ) -> None:
        self._holders = holders
        self._place = place
        self.operators = operators

    def of_principal(self, name: str) -> dict[str, VerifierKey]:
        """The keys of a principal that counted, by label."""
        holder = self._holders.find(name)
        if holder is None:
            return {}
        at = self._place
        return holder.keys_at(at.log_index, at.recorded_at_ms)

    def of_authority(self, record: Authority) -> list[dict[str, VerifierKey]]:
        """The keys of each member of an authority."""
        members = []
        for vkey in record.keys:
            owner = self._holders.owner(vkey)
            members.append({} if owner is None else self.of_principal(owner))
        return members

    def has(self, name: str, vkey: str) -> bool:
        """Whether a key was a principal's when the record was journalled."""
        return key_of(vkey) in self.of_principal(name).values()

    def may_be_authority(self, name: str) -> bool:
        """Whether a principal is a human or a service; an agent is never an authority."""
        holder = self._holders.find(name)
        return holder is not None and holder.kind in ("human", "service")

    def owner(self, vkey: str) -> str:
        """The principal whose key this claims to be; empty for nobody's."""
        return self._holders.owner(vkey) or ""


def check_link(
    signed: Signed,
    place: Place,
    parent: Link | None,
    signers: Signers,
    *,
    check: Check = verify,
) -> Link:
    """The link that a record makes, if it may stand where it stands.

    Args:
        signed: The record.
        place: Where it is journalled, or is about to be.
        parent: The link above.
        signers: Whose word counts there.
        check: Verifies a signature of a key on a message, or notes it to be verified later.

    Raises:
        Denied: ``trust.signature``, ``trust.tenant``, ``trust.future``, ``trust.widened``,
            ``trust.depth_left``, ``trust.cycle``, ``trust.not_delegable``, ``trust.origin``,
            ``trust.key_unknown``, ``trust.parent``.
        Invalid: the chain is too long (``trust.chain_length``).
    """
    record = signed.record
    if parent is not None and parent.depth + 2 > CHAIN_MAX:
        raise Invalid(
            f"a chain has at most {CHAIN_MAX} records", code="trust.chain_length", max=CHAIN_MAX
        )
    if parent is not None and parent.record.tenant != record.tenant:
        raise _denied("trust.tenant", signed, "it is of another tenant than the record above it")
    if parent is not None and parent.place.log_index >= place.log_index:
        raise _denied("trust.parent", signed, "it was journalled before the record above it")
    if record.issued_at_ms > place.recorded_at_ms + SKEW_MS:
        raise _denied("trust.future", signed, "it was issued in the future")
    needed = _NEEDED[signed.kind](signed, parent, signers)
    check_signatures(signed, needed, check=check)
    if parent is None:
        return Link(signed, place, None, terms_of(record, signed.digest))
    terms = parent.terms if signed.kind == "genesis" else terms_of(record, signed.digest)
    _check_narrowing(signed, terms, parent, place)
    return Link(signed, place, parent, terms)


Needed = list[tuple[list[dict[str, VerifierKey]], int]]
"""Groups of members with how many of each must have signed."""


def check_signatures(signed: Signed, needed: Needed, *, check: Check = verify) -> None:
    """Refuse a record unless enough of each group signed it, and nobody else did.

    Raises:
        Denied: ``trust.signature``.
    """
    known: dict[str, VerifierKey] = {}
    for members, _ in needed:
        for member in members:
            known.update(member)
    labels = verified_labels(signed, known, check=check)
    for members, threshold in needed:
        count = sum(1 for member in members if not labels.isdisjoint(member))
        if threshold < 1 or count < threshold:
            who = sorted(label for member in members for label in member)
            raise _denied(
                "trust.signature",
                signed,
                f"{count} of {threshold} signatures that it needs are there"
                f" (of {', '.join(who) or 'nobody who counts'})",
            )


def verified_labels(
    signed: Signed, known: Mapping[str, VerifierKey], *, check: Check = verify
) -> set[str]:
    """The labels of a record's signatures, all of which are by known keys and verify.

    Raises:
        Denied: ``trust.signature``.
    """
    for label, signature in signed.signatures:
        key = known.get(label)
        if key is None:
            raise _denied("trust.signature", signed, f"the word of {label[:200]} does not count")
        try:
            check(key.public, signed.message, signature)
        except Corrupt:
            raise _denied(
                "trust.signature", signed, f"the signature of {label} does not verify"
            ) from None
    return {label for label, _ in signed.signatures}


# --- whose word each kind needs


def _for_authority(signed: Signed, parent: Link | None, signers: Signers) -> Needed:
    record = signed.record
    own = (signers.of_authority(record), record.threshold)
    _check_members(signed, signers)
    if parent is None:
        if record.parent is not None:
            raise _denied("trust.parent", signed, "the record above it is not there")
        return [([signers.operators], 1), own]
    if parent.kind != "authority" or record.parent != parent.digest:
        raise _denied("trust.parent", signed, "it does not stand below an authority")
    if not parent.record.delegable:
        raise _denied(
            "trust.not_delegable", signed, f"{parent.subject} may not establish authorities"
        )
    if any(link.subject == record.authority for link in parent.up()):
        raise _denied("trust.cycle", signed, f"{record.authority} stands above itself")
    return [(signers.of_authority(parent.record), parent.record.threshold), own]


def _check_members(signed: Signed, signers: Signers) -> None:
    record = signed.record
    for vkey, member in zip(record.keys, signers.of_authority(record), strict=True):
        if not member:
            raise _denied(
                "trust.key_unknown", signed, f"the key {vkey.rpartition('+')[0]} is nobody's"
            )
    for name in (record.authority, *map(signers.owner, record.keys)):
        if not signers.may_be_authority(name):
            raise _denied("trust.principal", signed, f"{name} is neither a human nor a service")


def _for_genesis(signed: Signed, parent: Link | None, signers: Signers) -> Needed:
    record = signed.record
    if parent is None or parent.kind != "authority" or record.authority != parent.digest:
        raise _denied("trust.parent", signed, "it does not stand below an authority")
    if not signers.has(record.agent, record.key):
        raise _denied("trust.key_unknown", signed, f"the key is not one of {record.agent}")
    return [(signers.of_authority(parent.record), parent.record.threshold)]


def _for_attestation(signed: Signed, parent: Link | None, signers: Signers) -> Needed:
    record = signed.record
    if parent is None or parent.kind != "genesis" or record.genesis != parent.digest:
        raise _denied("trust.parent", signed, "it does not stand below an agent's beginning")
    above = parent.parent
    if record.agent != parent.subject or above is None or record.authority != above.digest:
        raise _denied("trust.parent", signed, "it is about another agent or authority")
    return [(signers.of_authority(above.record), above.record.threshold)]


def _for_delegation(signed: Signed, parent: Link | None, signers: Signers) -> Needed:
    record = signed.record
    if (
        parent is None
        or parent.kind not in ("attestation", "delegation")
        or record.parent != parent.digest
        or record.delegator != parent.subject
    ):
        raise _denied("trust.parent", signed, "it does not stand below what its delegator holds")
    if not signers.has(record.delegatee, record.delegatee_key):
        raise _denied("trust.key_unknown", signed, f"the key is not one of {record.delegatee}")
    return [([signers.of_principal(record.delegator)], 1)]


_NEEDED: Mapping[str, Callable[[Signed, Link | None, Signers], Needed]] = {
    "authority": _for_authority,
    "genesis": _for_genesis,
    "attestation": _for_attestation,
    "delegation": _for_delegation,
}


# --- narrowing


def _check_narrowing(signed: Signed, terms: Grants, parent: Link, place: Place) -> None:
    record = signed.record
    if parent.record.expires_at_ms is not None and (
        record.expires_at_ms is None or record.expires_at_ms > parent.record.expires_at_ms
    ):
        raise _denied("trust.widened", signed, "it lasts longer than the record above it")
    if signed.kind == "delegation":
        _check_delegation(signed, record, parent, place)
    if terms is parent.terms:
        return
    outside = () if _is_part(terms, parent.terms) else terms.within(parent.terms)
    if outside:
        raise Denied(
            f"the {signed.kind} of {signed.digest[:12]} permits more than the record above it:"
            f" {'; '.join(reason.text for reason in outside[:3])}",
            code="trust.widened",
            next_step="hand on no more than is held",
            record=signed.digest,
            reasons=[reason.as_data() for reason in outside[:8]],
        )


def _check_delegation(signed: Signed, record: Delegation, parent: Link, place: Place) -> None:
    above: Any = parent.record
    if not 0 <= record.depth_left < above.depth_left:
        raise _denied(
            "trust.depth_left",
            signed,
            f"{record.delegator} may delegate {above.depth_left} deep and gives"
            f" {record.depth_left} on",
        )
    for name in ("task", "audience"):
        held, given = getattr(above, name), getattr(record, name)
        if held is not None and given != held:
            raise _denied("trust.widened", signed, f"it is for another {name} than {held}")
    if record.human_origin != parent.origin:
        raise _denied("trust.origin", signed, "it names another human origin than its chain")
    if record.delegatee in parent.agents:
        raise _denied("trust.cycle", signed, f"{record.delegatee} is in the chain already")
    handing_on = delegating(
        record.delegator,
        record.delegatee,
        tenant=record.tenant,
        task=record.task,
        at_ms=place.recorded_at_ms,
    )
    if not may_delegate(parent.terms, handing_on):
        raise _denied("trust.not_delegable", signed, f"{record.delegator} does not hold {DELEGATE}")


def _is_part(terms: Grants, above: Grants) -> bool:
    """Whether they are grants that stand above, word for word, under the same envelope."""
    return (
        terms.envelope == above.envelope
        and all(grant in above.grants for grant in terms.grants[: PARTS_MAX + 1])
        and len(terms.grants) <= PARTS_MAX
    )


def _denied(code: str, signed: Signed, why: str) -> Denied:
    return Denied(
        f"the {signed.kind} {signed.digest[:12]} does not hold: {why}",
        code=code,
        record=signed.digest,
    )
