"""The decision as a SLSA verification summary attestation (VSA), version 1: written and read.

Specification: slsa.dev/spec/v1.0/verification_summary. ``verifiedLevels`` is a list, as it says;
``schema/verification_summary.v1.json`` holds every summary that is written here to it. What a
promotion says beyond the specification stands in one extension field, whose name is a URI.

1. A summary is about one digest; the name beside it is for the reader.
2. An environment is named by ``resourceUri``, the pipeline by ``policy`` with its digest, whoever
   decided by ``verifier.id`` and by the signature.
3. ``supersedes`` names every older FAILED statement that was known when it was decided: such a
   summary is newer than these whatever the clocks say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from tarl.errors import Invalid
from tarl.governance.promotion.evidence import instant_ms
from tarl.governance.promotion.outcome import GateResult
from tarl.governance.promotion.pipeline import Pipeline
from tarl.values.ids import encode_segment
from tarl.values.instants import isoformat_ms

EXTENSION = "https://tarl.dev/attestation/promotion/v1"
SLSA_VERSION = "1.0"
GATES_PASSED = "TARL_GATES_PASSED"
"""The level of an artifact for which no gate vouches for one: its gates passed, no more is said."""

FAILED_LEVELS = ("FAILED",)
SUPERSEDES_MAX = 1_000


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
        Invalid: it does not keep to the schema (``promotion.summary``).
    """
    gates = [{"gate": r.gate, "outcome": r.outcome, "required": r.is_required} for r in results]
    extension = {"from": source, "to": target, "gates": gates}
    if supersedes:
        extension["supersedes"] = sorted(supersedes)[-SUPERSEDES_MAX:]
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
    return checked(predicate)


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
        Invalid: it does not keep to the schema (``promotion.summary``).
    """
    return checked(
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


def checked(predicate: dict[str, Any]) -> dict[str, Any]:
    """The predicate, if it keeps to the schema of verification summaries.

    Raises:
        Invalid: it does not (``promotion.summary``), naming the place.
    """
    error = next(iter(_validator().iter_errors(predicate)), None)
    if error is not None:
        raise _bad(f"{error.json_path}: {error.message[:200]}")
    return predicate


def read_summary(id: str, predicate: Any, *, signers: Sequence[str] = ()) -> Summary:
    """What a predicate of type ``SUMMARY`` says.

    Raises:
        Invalid: it does not keep to the schema, or its instant is none (``promotion.summary``).
    """
    if not isinstance(predicate, dict):
        raise _bad("it is no object")
    checked(predicate)
    at_ms = instant_ms(predicate["timeVerified"])
    if at_ms is None:
        raise _bad(f"timeVerified is {predicate['timeVerified'][:80]!r}")
    more = predicate.get(EXTENSION, {})
    return Summary(
        id=id,
        result=predicate["verificationResult"],
        verifier=predicate["verifier"]["id"],
        resource=predicate["resourceUri"],
        policy_uri=predicate["policy"]["uri"],
        policy_digest=predicate["policy"].get("digest", {}).get("sha256"),
        at_ms=at_ms,
        levels=tuple(predicate["verifiedLevels"]),
        inputs=tuple(
            each["digest"]["sha256"]
            for each in predicate.get("inputAttestations", ())
            if "sha256" in each["digest"]
        ),
        supersedes=tuple(more.get("supersedes", ())),
        revokes=more.get("revokes", False),
        reason=more.get("reason", ""),
        signers=tuple(signers),
    )


def schema() -> dict[str, Any]:
    """The JSON schema of verification summaries, which is shipped with tarl."""
    place = files("tarl.governance.promotion").joinpath("schema", "verification_summary.v1.json")
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


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


@lru_cache(maxsize=1)
def _validator() -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema())


def _bad(why: str) -> Invalid:
    return Invalid(
        f"not a verification summary of SLSA 1.0: {why}",
        code="promotion.summary",
        next_step="compare it with slsa.dev/spec/v1.0/verification_summary",
    )
