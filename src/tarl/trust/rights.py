"""Who may take authority away, and who may give it back.

    ===================  =====================================================================
    record               whose word suffices
    ===================  =====================================================================
    revocation           the operator; every authority above the target, by its threshold; of a
                         record every agent in its chain; of an agent itself; of a human they
                         themselves
    suspension           as a revocation of the agent
    resumption           the operator, or an authority above the agent
    posture              the authority above the agent or the operator, as ``posture`` has it
    ===================  =====================================================================

An agent cannot lift what was put on it: it may only take from itself and from those below it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from tarl.crypto.note import VerifierKey
from tarl.errors import Denied, Invalid, Missing
from tarl.trust import posture
from tarl.trust.chain import Link
from tarl.trust.links import Signers, verified_labels
from tarl.trust.records import Target
from tarl.trust.signed import Signed


class Ground(NamedTuple):
    """Somebody whose word suffices: so many of these members must have signed."""

    issuer: str
    members: list[dict[str, VerifierKey]]
    threshold: int
    actor: posture.Actor | None = None


def grounds(kind: str, target: Target, links: Iterable[Link], signers: Signers) -> list[Ground]:
    """Whose word suffices for a record of a kind about a target.

    Args:
        kind: The record's kind.
        target: What it is about.
        links: The chains that lead to the target.
        signers: Whose word counts at the record's place of the log.
    """
    found = [Ground("operator", [signers.operators], 1, "operator")]
    restrictive = kind in ("revocation", "suspension")
    for end in links:
        for link in end.up():
            if link.kind == "authority":
                members = signers.of_authority(link.record)
                found.append(Ground(link.subject, members, link.record.threshold, "authority"))
            elif restrictive and (target.agent is None or link.subject == target.agent):
                found.append(Ground(link.subject, [signers.of_principal(link.subject)], 1))
    if restrictive and target.human is not None:
        found.append(Ground(target.human, [signers.of_principal(target.human)], 1))
    return found


def check_right(signed: Signed, found: list[Ground]) -> Ground:
    """The ground on which a record stands, by its issuer and its signatures.

    Raises:
        Denied: nobody whose word suffices has signed it, or somebody else has too
            (``trust.signature``, ``trust.not_entitled``).
    """
    known: dict[str, VerifierKey] = {}
    for ground in found:
        for member in ground.members:
            known.update(member)
    labels = verified_labels(signed, known)
    for ground in found:
        count = sum(1 for member in ground.members if not labels.isdisjoint(member))
        if ground.issuer == signed.record.issuer and 1 <= ground.threshold <= count:
            return ground
    raise Denied(
        f"the {signed.kind} of {_about(signed.record)} is not signed by anybody whose word"
        " suffices for it",
        code="trust.not_entitled",
        next_step="have it signed by the operator, or by the authority above",
        issuer=signed.record.issuer,
    )


def check_posture(signed: Signed, ground: Ground, current: str) -> None:
    """Refuse a change of posture that the table of transitions does not have.

    Raises:
        Denied, Invalid: as ``posture.check_change``; ``trust.posture_stale`` when the agent does
            not stand where the record says.
    """
    record = signed.record
    if record.previous != current:
        raise Denied(
            f"{record.agent} is {current}, not {record.previous}",
            code="trust.posture_stale",
            next_step="look where the agent stands, and decide anew",
            agent=record.agent,
            posture=current,
        )
    try:
        evidence = msgspec.convert(record.evidence or {}, posture.Evidence)
    except msgspec.ValidationError as error:
        raise Invalid(f"not evidence for a posture: {error}", code="posture.evidence") from None
    posture.check_change(current, record.posture, by=ground.actor or "operator", evidence=evidence)


def target_of(record: Any) -> Target:
    """What a record of standing is about."""
    if record.KIND == "revocation":
        target: Target = record.target
        return target
    return Target(agent=record.agent)


def missing_target(target: Target) -> Missing:
    """The refusal of what is about nothing that there is."""
    return Missing(
        f"there is no {target.noun} {target.name[:80]}",
        code="trust.missing",
        next_step="tarl agents ls",
        target=target.name,
    )


def _about(record: Any) -> str:
    target = target_of(record)
    return f"the {target.noun} {target.name[:80]}"
