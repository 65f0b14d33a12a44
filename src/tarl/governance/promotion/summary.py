"""The decision as a SLSA verification summary attestation (VSA), version 1: written and read.

Specification: slsa.dev/spec/v1.0/verification_summary. ``verifiedLevels`` is a list, as it says;
every summary that is written or read here has that form (``form.py``). What a promotion says beyond
the specification stands in one extension field, whose name is a URI.

1. A summary is about one digest; the name beside it is for the reader.
2. An environment is named by ``resourceUri``, the pipeline by ``policy`` with its digest, whoever
   decided by ``verifier.id`` and by the signature.
3. ``supersedes`` names the FAILED statements that were known when it was decided, but for those
   that are older by any clock: it is newer than these whatever the clocks say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from tarl.governance.promotion.evidence import instant_ms
from tarl.governance.promotion.form import EXTENSION, FAILED_LEVELS, Extension, read_form
from tarl.governance.promotion.outcome import GateResult
from tarl.governance.promotion.pipeline import Pipeline
from tarl.values.ids import encode_segment
from tarl.values.instants import isoformat_ms

SLSA_VERSION = "1.0"
GATES_PASSED = "TARL_GATES_PASSED"
"""The level of an artifact for which no gate vouches for one: its gates passed, no more is said."""

SUPERSEDES_MAX = 1_000
"""Failures within the hour by which clocks may differ."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification summary says.

    Attributes:
        id: SHA-256 of the signed payload.
        result: The verification result.
        verifier: Who says that they decided.
        resource: The environment's URI.
        policy_uri: Which pipeline.
        policy_digest: SHA-256 of the pipeline; None where the summary does not give it.
        at_ms: When it was decided, as it says.
        levels: What was verified.
        inputs: Ids of the statements that it rests on.
        supersedes: FAILED statements that were known then.
        revokes: Whether it takes decisions back, not only reports a check.
        reason: Why it was revoked.
        signers: Whose signatures verified.
    """

    id: str
    result: Literal["PASSED", "FAILED"]
    verifier: str
    resource: str
    policy_uri: str
    policy_digest: str | None
    at_ms: int
    levels: tuple[str, ...]
    inputs: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    revokes: bool = False
    reason: str = ""
    signers: tuple[str, ...] = ()


def verifier_id(name: str, *, tenant: str) -> str:
    """How summaries name a principal."""
    return f"https://tarl.dev/principal/{encode_segment(tenant)}/{encode_segment(name)}"


def predicate_of(
    pipeline: Pipeline,
    results: Sequence[GateResult],
    *,
    passed: bool,
    source: str,
    target: str,
    verifier: str,
    tenant: str,
    at_ms: int,
    inputs: Sequence[str],
    supersedes: Sequence[str] = (),
    dependency_levels: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """The predicate of a decision.

    Raises:
        Invalid: it has not the form of one (``promotion.summary``).
    """
    gates = [{"gate": r.gate, "outcome": r.outcome, "required": r.is_required} for r in results]
    extension = {"from": source, "to": target, "gates": gates}
    if supersedes:
        extension["supersedes"] = list(supersedes[-SUPERSEDES_MAX:])
    predicate = _predicate(
        pipeline,
        environment=target,
        verifier=verifier,
        tenant=tenant,
        at_ms=at_ms,
        passed=passed,
        levels=levels_of(results) if passed else FAILED_LEVELS,
        inputs=inputs,
        extension=extension,
    )
    if dependency_levels:
        predicate["dependencyLevels"] = dict(sorted(dependency_levels.items()))
    return _formed(predicate)


def revocation_of(
    pipeline: Pipeline,
    *,
    environment: str,
    reason: str,
    verifier: str,
    tenant: str,
    at_ms: int,
    inputs: Sequence[str],
) -> dict[str, Any]:
    """The predicate of a revocation: a FAILED summary that says so.

    Raises:
        Invalid: it has not the form of one (``promotion.summary``).
    """
    return _formed(
        _predicate(
            pipeline,
            environment=environment,
            verifier=verifier,
            tenant=tenant,
            at_ms=at_ms,
            passed=False,
            levels=FAILED_LEVELS,
            inputs=inputs,
            extension={"to": environment, "revokes": True, "reason": reason},
        )
    )


def levels_of(results: Sequence[GateResult]) -> tuple[str, ...]:
    """The levels that gates vouch for: of SLSA's build track the highest that any does."""
    given = {r.level for r in results if r.level is not None and r.is_required}
    slsa = sorted(level for level in given if level.startswith("SLSA_"))[-1:]
    others = sorted(level for level in given if not level.startswith("SLSA_"))
    return tuple(slsa + others) or (GATES_PASSED,)


def read_summary(id: str, predicate: Any, *, signers: Sequence[str] = ()) -> Summary:
    """What a predicate of type ``SUMMARY`` says.

    Raises:
        Invalid: it has not the form of one (``promotion.summary``).
    """
    form = read_form(predicate)
    more = Extension(to="") if form.extension is msgspec.UNSET else form.extension
    policy_digests = {} if form.policy.digest is msgspec.UNSET else form.policy.digest
    inputs = (each.digest.get("sha256") for each in form.inputAttestations)
    return Summary(
        id=id,
        result=form.verificationResult,
        verifier=form.verifier.id,
        resource=form.resourceUri,
        policy_uri=form.policy.uri,
        policy_digest=policy_digests.get("sha256"),
        at_ms=instant_ms(form.timeVerified) or 0,
        levels=form.verifiedLevels,
        inputs=tuple(id for id in inputs if id is not None),
        supersedes=more.supersedes,
        revokes=more.revokes,
        reason=more.reason,
        signers=tuple(signers),
    )


def _predicate(
    pipeline: Pipeline,
    *,
    environment: str,
    verifier: str,
    tenant: str,
    at_ms: int,
    passed: bool,
    levels: Sequence[str],
    inputs: Sequence[str],
    extension: dict[str, Any],
) -> dict[str, Any]:
    return {
        "verifier": {"id": verifier_id(verifier, tenant=tenant)},
        "timeVerified": isoformat_ms(at_ms),
        "resourceUri": pipeline.resource_of(environment, tenant=tenant),
        "policy": {"uri": pipeline.uri, "digest": {"sha256": pipeline.digest}},
        "inputAttestations": [
            {"uri": f"https://tarl.dev/statement/{id}", "digest": {"sha256": id}}
            for id in sorted(set(inputs))
        ],
        "verificationResult": "PASSED" if passed else "FAILED",
        "verifiedLevels": list(levels),
        "slsaVersion": SLSA_VERSION,
        EXTENSION: extension,
    }


def _formed(predicate: dict[str, Any]) -> dict[str, Any]:
    read_form(predicate)
    return predicate
