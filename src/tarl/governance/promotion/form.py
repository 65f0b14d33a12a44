"""The form of a SLSA verification summary: what its predicate must have, typed.

The same as ``schema/verification_summary.v1.json``, which is shipped for others; a test holds the
two to one another. Specification: slsa.dev/spec/v1.0/verification_summary.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tarl.errors import Invalid
from tarl.governance.promotion.evidence import instant_ms

EXTENSION = "https://tarl.dev/attestation/promotion/v1"
"""The field of what a promotion says beyond the specification."""

FAILED_LEVELS = ("FAILED",)

Uri = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\Z", max_length=2048)]
Hex = Annotated[str, Meta(pattern=r"^[0-9a-f]+\Z")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Level = Annotated[str, Meta(pattern=r"^(?!SLSA_)|^SLSA_(BUILD|SOURCE)_LEVEL_[0-9A-Z_]+\Z")]
BoundedLevel = Annotated[Level, Meta(min_length=1, max_length=128)]
DigestSet = Annotated[dict[str, Hex], Meta(min_length=1)]
Instant = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})\Z"
    ),
]


class Verifier(msgspec.Struct, frozen=True):
    """Who decided."""

    id: Uri


class Policy(msgspec.Struct, frozen=True):
    """By which rules."""

    uri: Uri
    digest: DigestSet | UnsetType = UNSET


class Input(msgspec.Struct, frozen=True):
    """A statement that it rests on."""

    digest: DigestSet
    uri: Uri | UnsetType = UNSET


class Answered(msgspec.Struct, frozen=True):
    """What a gate answered."""

    gate: str
    outcome: Literal["PASSED", "FAILED", "INCONCLUSIVE"]
    required: bool


class Extension(msgspec.Struct, frozen=True, rename={"source": "from"}):
    """What a promotion says beyond the specification; see ``summary``."""

    to: str
    source: str = ""
    gates: tuple[Answered, ...] = ()
    supersedes: tuple[Sha256, ...] = ()
    revokes: bool = False
    reason: str = ""


class Form(msgspec.Struct, frozen=True, rename={"extension": EXTENSION}):
    """The predicate of a verification summary; members that are not named here are ignored."""

    verifier: Verifier
    timeVerified: Instant
    resourceUri: Uri
    policy: Policy
    verificationResult: Literal["PASSED", "FAILED"]
    verifiedLevels: Annotated[tuple[BoundedLevel, ...], Meta(min_length=1)]
    inputAttestations: tuple[Input, ...] = ()
    dependencyLevels: dict[BoundedLevel, Annotated[int, Meta(ge=0)]] = {}
    slsaVersion: Annotated[str, Meta(pattern=r"^[0-9]+[.][0-9]+\Z")] = "1.0"
    extension: Extension | UnsetType = UNSET


def read_form(predicate: Any) -> Form:
    """The predicate, if it has the form of a verification summary.

    Raises:
        Invalid: it does not (``promotion.summary``), naming the place.
    """
    try:
        form = msgspec.convert(predicate, Form)
    except msgspec.ValidationError as error:
        raise _bad(str(error)) from None
    for why in _faults(form):
        raise _bad(why)
    return form


def schema() -> dict[str, Any]:
    """The JSON schema of verification summaries, which is shipped with tarl."""
    place = files("tarl.governance.promotion").joinpath("schema", "verification_summary.v1.json")
    found: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    return found


def _faults(form: Form) -> Iterator[str]:
    """What types cannot say."""
    levels = form.verifiedLevels
    if len(set(levels)) < len(levels):
        yield "verifiedLevels has a level twice"
    if Counter(level.startswith("SLSA_BUILD_LEVEL_") for level in levels)[True] > 1:
        yield "verifiedLevels has two levels of one track"
    if (form.verificationResult == "FAILED") != (levels == FAILED_LEVELS):
        yield "verifiedLevels is FAILED where the result is, and there alone"
    if form.verificationResult == "PASSED" and "FAILED" in levels:
        yield "it PASSED, and one of its levels is FAILED"
    sets = [form.policy.digest, *(each.digest for each in form.inputAttestations)]
    for digests in sets:
        if digests is not UNSET and not re.fullmatch(
            "[0-9a-f]{64}", digests.get("sha256", "0" * 64)
        ):
            yield "a sha256 has not 64 hexadecimal digits"
    if instant_ms(form.timeVerified) is None:
        yield f"timeVerified is no instant: {form.timeVerified[:80]}"


def _bad(why: str) -> Invalid:
    return Invalid(
        f"not a verification summary of SLSA 1.0: {why}",
        code="promotion.summary",
        next_step="compare it with slsa.dev/spec/v1.0/verification_summary",
    )
